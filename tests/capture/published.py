"""What capture has published of a table, compared with the table."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

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
    """A table created by `before`; each of `changes` is sent as one text. `view`: SQL over it,
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
    """The same text for both sides: of arrays, and of times without their zone."""
    text = "{" + ",".join(map(str, value)) + "}" if isinstance(value, list) else str(value)
    return text.replace(" ", "").removesuffix("Z")


def settle(capture: RunningCapture) -> None:
    """Wait until capture has looked at the catalogue after all statements so far, and has published
    the consequences."""
    lsn = capture.catch_up()
    capture.wait_for(lambda: capture.progress[-1].catalogue_at >= lsn)
    capture.wait_for(lambda: not capture.progress[-1].tables_due)
    capture.catch_up()
