"""GROUP BY: which expressions are groups, which calls are aggregates, and their operators."""
