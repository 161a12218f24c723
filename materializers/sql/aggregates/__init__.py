"""Binds calls of aggregate functions: argument and result types, refusals."""
