"""Fixtures of crash tests, with those of the capture tests."""

from collections.abc import Callable

import pytest

from tests.capture.conftest import capture

__all__ = ["capture", "places"]


@pytest.fixture
def engine(pytestconfig: pytest.Config, record_property: Callable[[str, object], None]) -> str:
    """The engine that is killed."""
    chosen: str = pytestconfig.getoption("--crash-engine")
    record_property("engine", chosen)
    return chosen


@pytest.fixture
def places(
    postgres_dsn: str, kafka_bootstrap: str, redis_url: str, elasticsearch_url: str
) -> dict[str, str]:
    """The test's place in each server, by the server's kind."""
    return {
        "postgres": postgres_dsn,
        "kafka": kafka_bootstrap,
        "redis": redis_url,
        "elasticsearch": elasticsearch_url,
    }
