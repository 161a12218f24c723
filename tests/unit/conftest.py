"""Fixtures that tests of the engine share."""

from tests.unit.shop import engine, feed

__all__ = ["engine", "feed"]
