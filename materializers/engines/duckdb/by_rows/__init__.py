"""What DuckDB cannot say is worked out by the row engine, between two statements of DuckDB's."""
