"""Numbers: arithmetic, functions and texts."""
