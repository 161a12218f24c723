"""What nodes mean in DuckDB's words. Nothing else writes SQL of values for it."""
