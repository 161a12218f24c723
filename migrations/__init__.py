"""Alembic revisions of what we keep in databases we write to; see `upgrade.py`."""
