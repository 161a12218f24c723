"""When narrow numerics do not suffice."""

from __future__ import annotations


class Outgrown(Exception):
    """The 38 digits of narrow numerics do not hold what an expression may give, or not the scale
    that PostgreSQL shows: the view is planned again with wide ones alone."""
