"""What changes a table without a row in the log: after each, the topic holds what the table holds.

Each case is set up, captured, changed while capture runs or while it is down, and compared with
what PostgreSQL itself answers.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.capture.running import RunningCapture

MONTHS = """
CREATE TABLE sales (id int, day date, n int, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
CREATE TABLE sales_1 PARTITION OF sales FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
CREATE TABLE sales_2 PARTITION OF sales FOR VALUES FROM ('2026-02-01') TO ('2026-03-01');
INSERT INTO sales SELECT i, date '2026-01-01' + i % 50, i FROM generate_series(1, 500) i;
"""
VIEW = re.compile("^-- view: (.*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Case:
    """A table as made by `before`; each of `changes` is sent as one text. `view`: SQL over it,
    empty where it has none but SELECT *."""

    table: str
    before: str
    changes: Sequence[str]
    view: str


def read_cases(text: str) -> dict[str, Case]:
    """The cases of `catalogue.sql` by name."""
    cases = {}
    for entry in text.split("-- case: ")[1:]:
        head, _, body = entry.partition("\n")
        name, _, table = head.partition(" (table ")
        before, *changes = body.split("-- then\n")
        view = VIEW.search(before)
        cases[name] = Case(table.rstrip(")") or "t", before, changes, view[1] if view else "")
    return cases


CASES = read_cases((Path(__file__).parent / "catalogue.sql").read_text())


def expected(capture: RunningCapture, table: str) -> list[dict[str, str]]:
    found = capture.database.execute(f"SELECT * FROM {table}".encode())
    names = [column.name for column in found.description or ()]
    return sorted((dict(zip(names, map(_text, row), strict=True)) for row in found), key=str)


def published(capture: RunningCapture, table: str) -> list[dict[str, str]]:
    name = table if "." in table else f"public.{table}"
    schema = capture.schemas().get(name)
    if schema is None:
        return [{"not": "captured"}]
    rows = capture.rows(name).values()
    return sorted(
        ({c.name: _text(row.get(c.name)) for c in schema.columns} for row in rows), key=str
    )


def _text(value: object) -> str:
    """One spelling for both sides: of arrays, and of times without their zone."""
    text = "{" + ",".join(map(str, value)) + "}" if isinstance(value, list) else str(value)
    return text.replace(" ", "").removesuffix("Z")


def settle(capture: RunningCapture) -> None:
    """Wait until capture has looked at the catalogue behind everything done so far, and has
    published what follows from it."""
    lsn = capture.catch_up()
    capture.wait_for(lambda: capture.progress[-1].catalogue_at >= lsn)
    capture.wait_for(lambda: not capture.progress[-1].tables_due)
    capture.catch_up()


def differences(capture: RunningCapture) -> dict[str, str]:
    """The cases whose topic and table differ."""
    found = {}
    for number, (name, case) in enumerate(CASES.items()):
        table = f"case_{number}.{case.table}"
        here, there = published(capture, table), expected(capture, table)
        if here != there:
            found[name] = f"published {here}, expected {there}"
    return found


def change(capture: RunningCapture) -> None:
    for number, case in enumerate(CASES.values()):
        capture.execute(f"SET search_path = case_{number}", *case.changes)


@pytest.mark.parametrize("is_running", [True, False], ids=["running", "down"])
def test_topics_follow_the_catalogue(capture: RunningCapture, is_running: bool) -> None:
    """All cases side by side, each in a schema of its own."""
    for number, case in enumerate(CASES.values()):
        capture.execute(
            f"CREATE SCHEMA case_{number}", f"SET search_path = case_{number}", case.before
        )
    tables = [f"case_{number}.{case.table}" for number, case in enumerate(CASES.values())]
    capture.execute("CREATE TABLE public.other (id int PRIMARY KEY)")
    with capture.with_settings(tables=("public.other", *tables)):
        capture.catch_up()
        if is_running:
            change(capture)
            settle(capture)
            assert not differences(capture)
    if not is_running:
        change(capture)
    with capture:
        settle(capture)
        assert not differences(capture)
        capture.execute("INSERT INTO public.other VALUES (1)",
                        *(f"DELETE FROM {table} WHERE id = 2" for table in tables))  # fmt: skip
        settle(capture)
    assert not differences(capture)
    assert len(capture.rows("other")) == 1


def test_nullability_is_recorded_before_the_row_that_needs_it(capture: RunningCapture) -> None:
    capture.execute(
        "CREATE TABLE t (id int PRIMARY KEY, v int NOT NULL); INSERT INTO t VALUES (1, 1)"
    )
    with capture:
        capture.catch_up()
        assert not capture.schemas()["public.t"].column("v").nullable
        capture.execute("ALTER TABLE t ALTER v DROP NOT NULL; INSERT INTO t VALUES (2, NULL)")
        capture.catch_up()
        assert capture.schemas()["public.t"].column("v").nullable


def test_not_null_that_is_not_validated_counts_as_nullable(capture: RunningCapture) -> None:
    capture.execute("CREATE TABLE t (id int PRIMARY KEY, v int); INSERT INTO t VALUES (1, NULL)",
                    "ALTER TABLE t ADD CONSTRAINT v_there NOT NULL v NOT VALID")  # fmt: skip
    with capture:
        capture.catch_up()
        assert capture.schemas()["public.t"].column("v").nullable
