"""The control tables of PostgreSQL sinks."""
