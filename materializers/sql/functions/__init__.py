"""The functions that a view may call, scalar and set-returning; one kind a file."""
