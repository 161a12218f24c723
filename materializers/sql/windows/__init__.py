"""Window functions: their OVER clauses, frames and calls."""
