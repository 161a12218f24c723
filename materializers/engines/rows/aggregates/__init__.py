"""Aggregate functions over lists of lines, each the values of a call's arguments for one row."""
