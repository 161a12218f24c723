"""Expressions of PostgreSQL -> DuckDB SQL of the same meaning, a kind of expression a file."""
