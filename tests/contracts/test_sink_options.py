"""The options of CREATE SINK, and how each sink refuses wrong ones."""

from typing import Any

import pytest

from cdc.config import Secret
from materializers.errors import SinkError
from materializers.sinks.connection import SinkConnection
from materializers.sinks.options import Options
from materializers.sinks.registry import open_sink
from rederive.sink_checks import check_sink
from tests.contracts.opened_sinks import definition
from tests.contracts.view_rows import LINES, ORDERS, view

SETTINGS: dict[str, dict[str, Any]] = {
    "elasticsearch": {"hosts": ["http://127.0.0.1:1"]},
    "redis": {"url": Secret("redis://127.0.0.1:1/0")},
    "postgresql": {"dsn": Secret("postgresql://127.0.0.1:1/x")},
}


@pytest.mark.parametrize(
    ("type_", "options", "words"),
    [
        ("elasticsearch", {"indx": "a"}, "unknown option 'indx'"),
        ("elasticsearch", {"shards": "two"}, "no number"),
        ("elasticsearch", {"key": "status"}, "not within the view's key (customer, position)"),
        ("elasticsearch", {"index": ""}, "option index is empty"),
        ("redis", {"type": "list"}, "use one of json, string, hash, set"),
        ("redis", {"ttl": "soon"}, "no duration"),
        ("redis", {"key_pattern": "line:{customer}"}, "leaves out position"),
        ("redis", {"key_pattern": "line"}, "no column of the view's key"),
        ("redis", {"key_pattern": "line:{note}"}, "{note} is no column"),
        ("redis", {"key_pattern": "{customer}{position}"}, "touch"),
        ("redis", {"type": "set"}, "to be the member"),
        (
            "redis",
            {"type": "set", "key_pattern": "line:{customer}", "ttl": "1 day"},
            "all members of a set would end at one time",
        ),
        ("postgresql", {"ttl": "1 day"}, "unknown option 'ttl'"),
        ("postgresql", {"key": "note"}, "not within"),
    ],
)
def test_a_wrong_option_is_refused(type_: str, options: dict[str, str], words: str) -> None:
    connection = SinkConnection("target", type_, SETTINGS[type_])
    with pytest.raises(SinkError) as refused:
        open_sink(definition("lines_sink", "lines", options), connection, LINES)
    assert words in str(refused.value)
    assert str(refused.value).startswith("views/v.sql:3: sink lines_sink: ")
    assert refused.value.fix


def test_an_unknown_type_is_refused() -> None:
    connection = SinkConnection("target", "mongodb", {})
    with pytest.raises(SinkError, match="use one of elasticsearch, redis, postgresql"):
        open_sink(definition("s", "orders"), connection, ORDERS)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("1 day", 86_400), ("90 s", 90), ("2 hours 30 minutes", 9000), ("45", 45), ("1h30m", 5400)],
)
def test_durations(text: str, seconds: int) -> None:
    assert Options(definition("s", "v", {"ttl": text}), ["ttl"]).seconds("ttl") == seconds


@pytest.mark.parametrize("type_", ["elasticsearch", "redis", "postgresql"])
def test_a_server_that_is_down(type_: str) -> None:
    sink = open_sink(
        definition("s", "orders"), SinkConnection("away", type_, SETTINGS[type_]), ORDERS
    )
    for attempt in (sink.generations, lambda: sink.create(1), lambda: list(sink.scan(1))):
        with pytest.raises(SinkError) as refused:
            attempt()
        assert refused.value.is_retryable
        assert "sink away: " in str(refused.value) and "cannot be reached" in str(refused.value)
        assert refused.value.fix.startswith("start it, or correct")
        assert "\n" not in str(refused.value)
    sink.close()


@pytest.mark.parametrize("type_", ["elasticsearch", "redis", "postgresql"])
def test_settings_that_the_client_refuses(type_: str) -> None:
    settings = {**SETTINGS[type_], "colour": "green"}
    with pytest.raises(SinkError) as refused:
        sink = open_sink(definition("s", "orders"), SinkConnection("away", type_, settings), ORDERS)
        sink.generations()
    assert not refused.value.is_retryable
    assert "colour" in str(refused.value)


@pytest.mark.parametrize(
    ("type_", "column", "type_name", "words"),
    [
        ("elasticsearch", "_id", "text", "a name that Elasticsearch reserves"),
        ("elasticsearch", "a..b", "text", "an empty name, or one between dots"),
        ("elasticsearch", "id.city", "text", "a field within column id"),
        ("postgresql", "x" * 64, "text", "more than 63 bytes"),
        ("postgresql", "xmin", "text", "a system column"),
    ],
)
def test_check_says_what_the_target_cannot_have(
    type_: str, column: str, type_name: str, words: str
) -> None:
    schema = view("odd", ["id"], **{"id": "bigint", column: type_name})
    connection = SinkConnection("target", type_, SETTINGS[type_])
    (check,) = check_sink(definition("odd_sink", "odd"), connection, schema)
    assert not check.ok and words in check.message and check.fix
