"""DuckDB macros that rendered SQL calls."""
