"""Arrays, and functions that return rows."""
