"""Fixtures of crash tests, with those of the capture tests."""

import pytest

from tests.capture.conftest import capture

__all__ = ["capture", "places"]


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
