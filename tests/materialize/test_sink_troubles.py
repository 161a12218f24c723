"""A sink that is refused for a while: reported once, and over once it is accepted."""

from __future__ import annotations

import logging
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
import redis

from materializers.sinks.connection import SinkConnection
from rederive.stack.stack import Stack
from tests.materialize.kept_sink import kept_sink
from tests.materialize.read_cache import cache_reader

TRIES = 3
# No class of error that an operator has to see to: a full disk is waited for.
REFUSE_TABLES = """
CREATE FUNCTION refuse() RETURNS event_trigger LANGUAGE plpgsql AS
  $$ BEGIN RAISE EXCEPTION 'no space' USING ERRCODE = '53100'; END $$;
CREATE EVENT TRIGGER refusing ON ddl_command_end WHEN TAG IN ('CREATE TABLE')
  EXECUTE FUNCTION refuse();
DROP TABLE shown_g1 CASCADE
"""


@pytest.fixture(autouse=True)
def everything_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)


def test_a_password_that_is_set_while_it_runs(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    stack = Stack(tmp_path / "own", ("redis",))
    url = stack.start().redis_url or ""
    connection = SinkConnection("cache", "redis", {"url": url})
    try:
        with closing(redis.Redis.from_url(url)) as admin:
            admin.ping()
            with kept_sink(tmp_path, connection, {}, cache_reader(admin)) as kept:
                admin.config_set("requirepass", "other")
                admin.client_kill_filter(_type="normal", skipme=True)
                kept.until(lambda: kept.delivery.trouble.failures >= 1)
                assert kept.delivery.status.error == (
                    "sink cache: Redis refuses the login: it asks for a password. "
                    "Fix: correct user and password in the url of [sink.cache]."
                )
    finally:
        stack.stop()
    assert len(said(caplog, "asks for a password")) == 1


def test_a_load_that_is_refused_again_and_again_is_told_once(
    tmp_path: Path, postgres_dsn: str, caplog: pytest.LogCaptureFixture
) -> None:
    connection = SinkConnection("analytics", "postgresql", {"dsn": postgres_dsn})
    with psycopg.connect(postgres_dsn, autocommit=True) as database:

        def read() -> dict[int, int]:
            try:
                return dict(database.execute("SELECT id, n FROM shown").fetchall())
            except psycopg.errors.UndefinedTable:
                return {}

        with kept_sink(tmp_path, connection, {}, read) as kept:
            caplog.clear()
            database.execute(REFUSE_TABLES)
            kept.until(lambda: kept.delivery.trouble.failures > TRIES)
            database.execute("DROP EVENT TRIGGER refusing")
            kept.until(kept.is_right)
    for text in ("load of generation 1 begins", "load of generation 1 ends", "goes on after"):
        assert len(said(caplog, text)) == 1, caplog.messages


def said(caplog: pytest.LogCaptureFixture, text: str) -> list[str]:
    return [message for message in caplog.messages if text in message]
