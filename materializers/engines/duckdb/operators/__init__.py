"""The operators of a view's plan, one a file; `operator.py` is their contract."""
