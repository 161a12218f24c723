"""A capture of the test's own database into topics of the test's own."""

from collections.abc import Iterator

import pytest

from tests.capture.own_server import OwnServer
from tests.capture.running import RunningCapture


@pytest.fixture
def capture(postgres_dsn: str, kafka_bootstrap: str, topic_prefix: str) -> Iterator[RunningCapture]:
    """A capture that does not run yet: create the tables, then `with capture:`."""
    made = RunningCapture(postgres_dsn, kafka_bootstrap, topic_prefix)
    yield made
    made.database.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnServer]:
    """A PostgreSQL that may be killed, stopped and reconfigured."""
    with OwnServer(tmp_path_factory.mktemp("own")) as own:
        yield own


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnServer]:
    """A Kafka that may be killed and stopped."""
    with OwnServer(tmp_path_factory.mktemp("broker"), "kafka") as own:
        yield own


@pytest.fixture
def older_capture(
    older_postgres_dsn: str, kafka_bootstrap: str, topic_prefix: str
) -> Iterator[RunningCapture]:
    """Like `capture`, with the oldest supported PostgreSQL."""
    made = RunningCapture(older_postgres_dsn, kafka_bootstrap, topic_prefix)
    yield made
    made.database.close()
