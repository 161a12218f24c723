"""Capture against a real PostgreSQL and a real broker."""
