"""The engine that maintains views row by row: the operators of `engines/rows` over a state file."""
