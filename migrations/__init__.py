"""Alembic revisions of the tables that we keep in target databases; see `upgrade.py`."""
