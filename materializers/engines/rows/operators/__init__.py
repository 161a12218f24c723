"""Operators: each maintains one relation of a plan, by a delta rule over its inputs' deltas."""
