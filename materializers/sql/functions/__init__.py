"""The scalar functions a view may call, a kind of function a file."""
