"""Fixtures that crash tests share with the tests of capture."""

from tests.capture.conftest import capture

__all__ = ["capture"]
