"""Prints relations and expressions for people, in PostgreSQL's words."""
