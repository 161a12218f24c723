"""Renders nodes as DuckDB's SQL. Nothing else in the engine writes SQL for values."""
