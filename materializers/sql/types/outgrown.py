"""Raised where narrow numerics do not suffice."""

from __future__ import annotations


class Outgrown(Exception):
    """A result may not fit the 38 digits of a narrow numeric, or not with the scale that PostgreSQL
    shows. The view is planned again with wide numerics."""
