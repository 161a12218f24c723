"""The engine on DuckDB: views kept by deltas, in one state file."""
