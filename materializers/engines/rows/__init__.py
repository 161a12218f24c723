"""Evaluates expressions and relations in plain Python, with PostgreSQL's results."""
