"""What DuckDB keeps for each aggregate function, and how its value is read from that."""
