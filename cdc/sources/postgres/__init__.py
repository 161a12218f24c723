"""PostgreSQL as a source: its catalogue, its log, and its rows."""
