"""Aggregate functions over lists of lines; a line is the values of a call's arguments for a row."""
