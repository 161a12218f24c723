"""The relations of a plan, kept: each moves from the changes of its inputs to its own."""
