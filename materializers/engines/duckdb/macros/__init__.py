"""Macros of DuckDB that translated SQL calls."""
