"""The publication changed by others: corrected where capture owns it, with the tables concerned
refilled; else capture stops. There is never a gap."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Sequence
from typing import Any

import psycopg
import pytest

from cdc.config import Secret
from cdc.errors import PreflightError
from tests.capture.published import MONTHS, expected, published, settle
from tests.capture.running import RunningCapture

TABLES = (
    "CREATE TABLE t (id int PRIMARY KEY, v int)",
    "INSERT INTO t SELECT i, i FROM generate_series(1, 50) i",
    "CREATE TABLE other (id int PRIMARY KEY)",
)
ROWS = (
    "UPDATE t SET v = 0 WHERE id = 1",
    "DELETE FROM t WHERE id = 2",
    "INSERT INTO t VALUES (60)",
)
CHANGES = {
    "narrowed": ["ALTER PUBLICATION {p} SET (publish = 'insert')"],
    "narrowed and widened": [
        "ALTER PUBLICATION {p} SET (publish = 'insert')", "*",
        "ALTER PUBLICATION {p} SET (publish = 'insert, update, delete, truncate')",
    ],
    "not by root": ["ALTER PUBLICATION {p} SET (publish_via_partition_root = false)"],
    "a table taken out": ["ALTER PUBLICATION {p} DROP TABLE t"],
    "a table taken out and put back": [
        "ALTER PUBLICATION {p} DROP TABLE t", "*", "ALTER PUBLICATION {p} ADD TABLE t",
    ],
    "dropped": ["DROP PUBLICATION {p}"],
    "dropped and made": [
        "DROP PUBLICATION {p}", "*",
        "CREATE PUBLICATION {p} FOR TABLE t, other WITH (publish_via_partition_root = true)",
    ],
}  # fmt: skip


def change(capture: RunningCapture, statements: Sequence[str]) -> None:
    for statement in [*statements, "*"]:
        if statement == "*":
            capture.execute(*ROWS[:2], "INSERT INTO t SELECT max(id) + 1, 0 FROM t")
        else:
            capture.execute(statement.format(p=f'"{capture.source.publication_name}"'))


@pytest.mark.parametrize("is_running", [True, False], ids=["running", "down"])
@pytest.mark.parametrize("statements", CHANGES.values(), ids=CHANGES)
def test_a_publication_of_ours_is_mended(
    capture: RunningCapture, statements: Sequence[str], is_running: bool
) -> None:
    capture.execute(*TABLES)
    with capture:
        capture.catch_up()
        if is_running:
            change(capture, statements)
            settle(capture)
    if not is_running:
        change(capture, statements)
        with capture:
            settle(capture)
    assert published(capture, "t") == expected(capture, "t")
    with capture:
        change(capture, [])
        settle(capture)
    assert published(capture, "t") == expected(capture, "t")


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER PUBLICATION {p} SET (publish = 'insert')",
        "ALTER PUBLICATION {p} DROP TABLE t",
        "ALTER PUBLICATION {p} SET TABLE t (id), other",
        "ALTER PUBLICATION {p} SET TABLE t WHERE (id < 10), other",
        "DROP PUBLICATION {p}",
    ],
)
def test_a_publication_of_another_role_stops_capture(
    capture: RunningCapture, statement: str
) -> None:
    """Capture refuses it before a change is missed."""
    role, name = f"r_{capture.source.name}", f"p_{capture.source.name}"
    capture.execute(
        *TABLES,
        f"CREATE ROLE {role} LOGIN REPLICATION",
        f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}",
        f"CREATE PUBLICATION {name} FOR TABLE t, other WITH (publish_via_partition_root = true)",
    )
    dsn = Secret(str(capture.source.dsn).replace("//postgres@", f"//{role}@"))
    try:
        with capture.with_settings(dsn=dsn, publication=name):
            capture.catch_up()
            cuts = len(capture.cuts())
            capture.execute(statement.format(p=name), *ROWS)
            error = capture.ended()
        assert isinstance(error, PreflightError) and error.fix
        assert name in str(error)
        assert cuts
    finally:
        capture.execute(f"DROP OWNED BY {role}", f"DROP ROLE {role}")


def test_taking_up_a_table_holds_nobody_up(capture: RunningCapture) -> None:
    """A long writer holds the new table: other writers of it go on, other tables are followed, and
    the long one's rows are there once it ends."""
    import psycopg

    capture.execute(*TABLES)
    with capture:
        capture.catch_up()
        capture.execute("CREATE TABLE later (id int PRIMARY KEY, v int)")
        with psycopg.connect(str(capture.source.dsn)) as writer:
            writer.execute("INSERT INTO later VALUES (1, 1)")
            capture.wait_for(
                lambda: capture.one("SELECT count(*) FROM pg_publication_tables"
                                    " WHERE tablename = 'later'") == 1
            )  # fmt: skip
            capture.execute("SET lock_timeout = '2s'", "INSERT INTO later VALUES (2, 2)",
                            "INSERT INTO t VALUES (100)")  # fmt: skip
            settle(capture)
            assert "public.later" not in capture.schemas()
            assert '{"id":100}' in capture.rows("t")
            writer.execute("INSERT INTO later VALUES (3, 3)")
        capture.wait_for(lambda: "public.later" in capture.schemas())
        settle(capture)
    assert published(capture, "later") == expected(capture, "later")


def test_partitions_of_a_publication_for_all_tables(capture: RunningCapture) -> None:
    capture.execute(MONTHS)
    name = f"p_{capture.source.name}"
    capture.execute(f"CREATE PUBLICATION {name} FOR ALL TABLES")
    with capture.with_settings(tables=("public.sales",), publication=name):
        capture.catch_up()
        capture.execute("INSERT INTO sales VALUES (900, '2026-01-05', 1)")
        settle(capture)
    assert published(capture, "sales") == expected(capture, "sales")


@pytest.mark.parametrize("kind", ["taken out and put back", "narrowed and widened"])
@pytest.mark.parametrize("is_running", [True, False], ids=["running", "down"])
def test_who_writes_while_the_publication_changes_is_waited_for(
    capture: RunningCapture, caplog: pytest.LogCaptureFixture, kind: str, is_running: bool
) -> None:
    """A transaction's writes to an unpublished table are never sent, and a copy taken before its
    commit does not have them."""
    caplog.set_level(logging.INFO, "rederive.capture")
    capture.execute(*TABLES)
    statements = CHANGES[f"a table {kind}" if "taken" in kind else kind]
    out, back = (each.format(p=f'"{capture.source.publication_name}"') for each in statements[::2])
    with capture:
        capture.catch_up()
    with psycopg.connect(str(capture.source.dsn)) as writer:
        writer.execute("INSERT INTO t VALUES (70, 70)")
        if is_running:
            with capture:
                capture.wait_until_following()
                _write_between(capture, writer, out, back)
                capture.wait_for(lambda: "joins when the transaction of" in caplog.text)
                writer.commit()
                settle(capture)
        else:
            _write_between(capture, writer, out, back)
            with capture:
                capture.wait_for(lambda: "joins when the transaction of" in caplog.text)
                writer.commit()
                settle(capture)
    assert published(capture, "t") == expected(capture, "t")


def _write_between(
    capture: RunningCapture, writer: psycopg.Connection[Any], out: str, back: str
) -> None:
    capture.execute(out)
    writer.execute("INSERT INTO t VALUES (71, 71); UPDATE t SET v = 9 WHERE id = 20")
    with contextlib.suppress(psycopg.errors.DuplicateObject):
        capture.execute(back)  # capture may have been the first to do so
