"""Expressions of PostgreSQL -> typed nodes of the same meaning, a kind of expression a file."""
