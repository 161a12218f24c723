"""Parsed PostgreSQL expressions -> typed nodes of the same meaning; one kind a file."""
