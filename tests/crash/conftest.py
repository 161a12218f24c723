"""Fixtures that crash tests share, with the tests of capture too."""

import pytest

from tests.capture.conftest import capture

__all__ = ["capture", "places"]


@pytest.fixture
def places(
    postgres_dsn: str, kafka_bootstrap: str, redis_url: str, elasticsearch_url: str
) -> dict[str, str]:
    """Where the test works in each server, by the server's kind."""
    return {
        "postgres": postgres_dsn,
        "kafka": kafka_bootstrap,
        "redis": redis_url,
        "elasticsearch": elasticsearch_url,
    }
