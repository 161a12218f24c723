"""The accumulators of each aggregate function, and its result computed from them."""
