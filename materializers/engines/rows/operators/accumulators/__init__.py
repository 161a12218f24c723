"""Accumulators of linear aggregates: deleted rows are subtracted."""
