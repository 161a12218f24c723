"""Aggregate functions: what is kept for each, and how it follows a delta."""
