"""Evaluates the relations of a plan over lists of rows, without state."""
