"""Expressions evaluated in plain Python, with PostgreSQL's answers."""
