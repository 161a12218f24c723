"""Tests against real servers; `tests/fix_servers.py` starts them."""
