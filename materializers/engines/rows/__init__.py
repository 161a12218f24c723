"""Expressions and relations evaluated in plain Python, with PostgreSQL's answers."""
