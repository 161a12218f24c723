"""Nested SELECTs and LATERAL, taken off the rows around them as joins."""
