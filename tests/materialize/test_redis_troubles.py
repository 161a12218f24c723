"""A Redis at work that refuses for a while: said once and clearly, and over once it takes again."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import redis
from stack.stack import Stack

from materializers.sinks.connection import SinkConnection
from tests.materialize.kept_sink import KeptSink, kept_sink
from tests.materialize.test_sink_loss import cache_reader

TRIES = 3


@pytest.fixture(autouse=True)
def everything_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Of a server whose settings a test may change."""
    stack = Stack(tmp_path_factory.mktemp("own"), ("redis",))
    try:
        yield stack.start().redis_url or ""
    finally:
        stack.stop()


@pytest.fixture
def admin(url: str) -> Iterator[Any]:
    with closing(redis.Redis.from_url(url)) as client:
        client.ping()
        yield client


@pytest.fixture
def kept(tmp_path: Path, url: str, admin: Any) -> Iterator[KeptSink]:
    admin.flushall()
    read: Callable[[], Mapping[int, int]] = cache_reader(admin)
    with kept_sink(tmp_path, SinkConnection("cache", "redis", {"url": url}), {}, read) as kept:
        yield kept


def test_a_password_that_is_set_while_it_runs(
    kept: KeptSink, admin: Any, caplog: pytest.LogCaptureFixture
) -> None:
    admin.config_set("requirepass", "other")
    try:
        admin.client_kill_filter(_type="normal", skipme=True)
        kept.until(lambda: kept.delivery.trouble.failures >= 1)
        told = kept.delivery.status.error
    finally:
        admin.config_set("requirepass", "")
    assert told == (
        "sink cache: Redis refuses the login: it asks for a password. "
        "Fix: mend user and password in the url of [sink.cache]."
    )
    assert len(said(caplog, "asks for a password")) == 1


def test_a_load_that_is_refused_again_and_again_is_told_once(
    kept: KeptSink, admin: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.clear()
    admin.config_set("maxmemory", "1")
    try:
        admin.flushall()
        kept.until(lambda: kept.delivery.trouble.failures >= TRIES)
    finally:
        admin.config_set("maxmemory", "0")
    kept.until(kept.is_right)
    for text in ("load of generation 1 begins", "load of generation 1 ends", "goes on after"):
        assert len(said(caplog, text)) == 1, caplog.messages


def said(caplog: pytest.LogCaptureFixture, text: str) -> list[str]:
    return [message for message in caplog.messages if text in message]
