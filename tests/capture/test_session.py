"""Whatever role, database and environment set: values are right, and the stream goes on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from psycopg import sql

from cdc.config import Secret
from cdc.sources.postgres.connection import connect
from cdc.sources.postgres.session import SETTINGS
from tests.capture.running import RunningCapture

HOSTILE = {
    "row_security": "on",
    "statement_timeout": "300",
    "lock_timeout": "1",
    "idle_in_transaction_session_timeout": "100",
    "idle_session_timeout": "100",
    "DateStyle": "SQL, DMY",
    "IntervalStyle": "sql_standard",
    "TimeZone": "Asia/Kathmandu",
    "search_path": "nowhere",
    "extra_float_digits": "-10",
    "bytea_output": "escape",
    "default_transaction_read_only": "on",
    "default_transaction_isolation": "serializable",
    "default_transaction_deferrable": "on",
    "standard_conforming_strings": "off",
    "quote_all_identifiers": "on",
    "client_min_messages": "debug1",
    "client_encoding": "LATIN1",
    "exit_on_error": "on",
}
LONG = "(SELECT string_agg(md5(i::text), '') FROM generate_series(1, 400) AS i)"
VALUES = (
    "1, DATE '2024-02-03', TIMESTAMPTZ '2024-02-03 04:05:06.7+02', INTERVAL '1 mon -2 d 3 h',"
    " 0.1::float8 + 0.2, BYTEA '\\x00ff41', 'naïve – ', ARRAY[DATE '2024-02-03'], 'calm', "
)
EXPECTED: dict[str, Any] = {
    "id": 1, "day": "2024-02-03Z", "at": "2024-02-03T02:05:06.700000Z",
    "lasts": "P0Y1M-2DT3H0M0S", "size": 0.30000000000000004, "raw": "AP9B", "word": "naïve – ",
    "days": ["2024-02-03Z"], "state": "calm", "n": 0,
}  # fmt: skip


@pytest.fixture(params=["newest", "oldest"])
def capture(
    request: pytest.FixtureRequest, capture: RunningCapture, older_capture: RunningCapture
) -> RunningCapture:
    """On the newest and on the oldest supported server."""
    return capture if request.param == "newest" else older_capture


@pytest.fixture
def hostile(capture: RunningCapture) -> Iterator[RunningCapture]:
    """A capture whose role and database set everything differently; the table is `odd`."""
    role = f"hostile_{capture.source.name}"
    database = capture.database.info.dbname
    capture.execute(
        "CREATE TYPE mood AS ENUM ('calm', 'cross')",
        "CREATE TABLE odd (id int PRIMARY KEY, day date, at timestamptz, lasts interval,"
        " size float8, raw bytea, word text, days date[], state mood, body text, n int)",
        f"CREATE ROLE {role} SUPERUSER LOGIN",
    )
    version = capture.database.info.server_version
    settings = HOSTILE | ({"transaction_timeout": "300"} if version >= 170_000 else {})
    for name, value in settings.items():
        words = sql.SQL(name), sql.SQL(value) if name in ("search_path",) else sql.Literal(value)
        for place in (sql.SQL("ROLE {}").format(sql.Identifier(role)),
                      sql.SQL("DATABASE {}").format(sql.Identifier(database))):  # fmt: skip
            capture.database.execute(sql.SQL("ALTER {} SET {} = {}").format(place, *words))
    dsn = str(capture.source.dsn).replace("postgres@", f"{role}@", 1)
    capture.source = replace(capture.source, dsn=Secret(dsn))
    yield capture
    capture.execute(
        f"ALTER DATABASE {database} RESET ALL", f"DROP OWNED BY {role}", f"DROP ROLE {role}"
    )


def test_every_setting_is_ours_in_both_kinds_of_session(
    hostile: RunningCapture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGTZ", "Asia/Kathmandu")
    monkeypatch.setenv("PGDATESTYLE", "German")
    monkeypatch.setenv("PGOPTIONS", "-c statement_timeout=1")
    for is_walsender in (False, True):
        with connect(hostile.source, replication=is_walsender) as connection:
            assert connection.info.encoding == "utf-8"
            for name, value in SETTINGS.items():
                row = connection.execute(f"SHOW {name}".encode()).fetchone()
                assert row is not None
                found = str(row[0]).split(",")[0] if name == "DateStyle" else row[0]
                assert found == value, (name, is_walsender)
            if connection.info.server_version >= 170_000:
                shown = connection.execute("SHOW transaction_timeout").fetchone()
                assert shown == ("0",)


def test_values_are_right_and_the_stream_goes_on(hostile: RunningCapture) -> None:
    hostile.execute(f"INSERT INTO odd VALUES ({VALUES} 'short', 0)")
    with hostile:
        hostile.wait_until_following()
        hostile.execute(f"INSERT INTO odd VALUES ({VALUES.replace('1,', '2,', 1)} {LONG}, 0)")
        hostile.catch_up()
        # Longer than every time limit of the role.
        hostile.execute("SELECT pg_sleep(0.7)", "UPDATE odd SET n = 1 WHERE id = 2")
        hostile.catch_up()
        hostile.execute("ALTER TABLE odd ADD extra interval DEFAULT '1 day'")
        hostile.execute("UPDATE odd SET n = 2 WHERE id = 1")
        hostile.catch_up()
        rows = hostile.rows("odd")
    first, second = rows['{"id":1}'], rows['{"id":2}']
    length = hostile.one("SELECT length(body) FROM odd WHERE id = 2")
    assert len(second.pop("body")) == length
    assert second == EXPECTED | {"id": 2, "n": 1, "extra": "P0Y0M1DT0H0M0S"}
    assert first == EXPECTED | {"body": "short", "n": 2, "extra": "P0Y0M1DT0H0M0S"}


def test_keys_of_an_extensions_type_are_reread(capture: RunningCapture) -> None:
    """Equality of the type is not in pg_catalog, where capture's sessions resolve names."""
    capture.execute(
        "CREATE SCHEMA ext",
        "CREATE EXTENSION ltree SCHEMA ext",
        "CREATE EXTENSION citext SCHEMA ext",
        "CREATE TABLE tree (path ext.ltree, name ext.citext, body text, n int,"
        " PRIMARY KEY (path, name))",
    )
    with capture:
        capture.wait_until_following()
        capture.execute(f"INSERT INTO tree VALUES ('a.b', 'Top', {LONG}, 0)")
        capture.catch_up()
        capture.execute("UPDATE tree SET n = 1")
        capture.catch_up()
        (row,) = capture.rows("tree").values()
    assert len(row.pop("body")) == capture.one("SELECT length(body) FROM tree")
    assert row == {"path": "a.b", "name": "Top", "n": 1}
