"""The engine on DuckDB: maintains views by deltas, in one state file."""
