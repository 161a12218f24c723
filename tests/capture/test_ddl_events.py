"""Event triggers put DDL into the log at its position: no later cut has rows of the old
definition."""

from __future__ import annotations

import pytest

from cdc.config import Secret
from cdc.errors import PreflightError
from cdc.position import Lsn
from cdc.sources.postgres.checks.rights import administrators_sql
from tests.capture.published import expected, published, settle
from tests.capture.running import RunningCapture

TABLE = ("CREATE TYPE mood AS ENUM ('bad', 'good')", "CREATE TABLE t (id int PRIMARY KEY, m mood)",
         "CREATE TABLE other (id int PRIMARY KEY)")  # fmt: skip
RENAME = "ALTER TYPE mood RENAME VALUE 'bad' TO 'poor'"


def test_no_cut_behind_a_ddl_shows_older_rows(capture: RunningCapture) -> None:
    """Every cut after the renaming has the new label in every row."""
    capture.execute(*TABLE, "INSERT INTO t SELECT i, 'bad' FROM generate_series(1, 20) i")
    with capture.with_settings(ddl="events", commit_interval_ms=1):
        capture.catch_up()
        for i in range(10):
            capture.execute(f"INSERT INTO other VALUES ({i})")
        capture.execute(RENAME)
        place = Lsn.parse(capture.one("SELECT pg_current_wal_insert_lsn()::text"))
        for i in range(10, 20):
            capture.execute(f"INSERT INTO other VALUES ({i})")
        settle(capture)
    assert published(capture, "t") == expected(capture, "t")
    topic = f"{capture.source.name}.public.t"
    whole = [r for r in capture.records("t") if r.value["after"]["m"] == "poor"]
    behind = [cut for cut in capture.cuts() if cut.lsn >= place and cut.snapshot is None]
    assert behind and len(whole) == 20
    assert all(r.offset < behind[0].offsets[topic][r.partition] for r in whole)


def test_triggers_that_are_gone_are_replaced_by_looking(capture: RunningCapture) -> None:
    capture.execute(*TABLE, "INSERT INTO t VALUES (1, 'bad')")
    with capture.with_settings(ddl="events"):
        capture.catch_up()
        capture.execute("DROP EVENT TRIGGER rederive_ddl")
        capture.execute("DROP EVENT TRIGGER rederive_drop", RENAME)
        settle(capture)
    assert published(capture, "t") == expected(capture, "t")


def test_without_the_right_to_make_them_the_fix_is_said(capture: RunningCapture) -> None:
    role = f"r_{capture.source.name}"
    capture.execute(*TABLE, f"CREATE ROLE {role} LOGIN REPLICATION")
    try:
        capture.with_settings(
            ddl="events", dsn=Secret(str(capture.source.dsn).replace("//postgres@", f"//{role}@"))
        )
        granted = administrators_sql(capture.source)
        events = granted.index("CREATE SCHEMA IF NOT EXISTS rederive")
        capture.execute(granted[:events])
        with capture:
            error = capture.ended()
        assert isinstance(error, PreflightError) and "event triggers" in str(error)
        capture.execute(granted[events:])
        with capture:
            capture.catch_up()
    finally:
        capture.execute(f"DROP OWNED BY {role}", f"DROP ROLE {role}")


@pytest.mark.parametrize("statement", ["CREATE TEMP TABLE x (id int)", "CREATE TABLE y (id int)"])
def test_other_ddl_disturbs_nothing(capture: RunningCapture, statement: str) -> None:
    capture.execute(*TABLE)
    with capture.with_settings(ddl="events", tables=("public.t",)):
        capture.catch_up()
        capture.execute(statement, "INSERT INTO t VALUES (1, 'good')")
        settle(capture)
    assert published(capture, "t") == expected(capture, "t")
    assert len(capture.schema_history()) == 1
