"""Expressions without a form in DuckDB's SQL are computed by the row engine, between two statements
of DuckDB."""
