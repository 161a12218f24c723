"""The engine that keeps views row by row: the operators of `engines/rows` over a state file."""
