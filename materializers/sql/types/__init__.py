"""Typed nodes of expressions, PostgreSQL's types, and the texts of their constants."""
