"""Two tables of edge values of functions: `edges` has no NULL and declares so, `holes` has some in
every column. Each type has three columns, in different orders, so that functions of up to three
arguments meet many pairs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

EDGES = {
    "boolean": ("true", "false"),
    "integer": ("0", "1", "-1", "7", "2147483647"),
    "bigint": ("0", "3", "-1", "9223372036854775807"),
    "numeric": ("0", "-2.500", "0.001", "1.500", "999999999.999"),
    "double precision": ("0", "0.5", "-2.5", "Infinity", "-Infinity", "NaN"),
    "text": ("", "a", " b ", "ÄB,c", "{}"),
    "date": ("2024-02-29", "infinity", "-infinity", "1970-01-01"),
    "timestamp without time zone": ("2024-12-30 12:34:56.789", "infinity", "-infinity"),
    "timestamp with time zone": ("2024-12-30 12:34:56.789+00", "infinity", "-infinity"),
    "time without time zone": ("00:00", "23:59:59.999999", "12:00"),
    "interval": ("0", "1 mon", "-1 day -00:00:01", "1 year 40 days"),
    "json": ("null", "{}", "[]", '{"a": null}', '"x"', "[1, null]"),
    "jsonb": ("null", "{}", "[]", '{"a": null}', '"x"', "[1, null]"),
    "integer[]": ("{}", "{NULL}", "{1,2,1}"),
    "text[]": ("{}", "{NULL}", '{a,"",a}'),
    "bytea": ("", r"\x00ff"),
}
COPIES = 3
ROWS = 60
_DECLARED = {"numeric": "numeric(12,3)"}


def column(kind: str, copy: int) -> str:
    """The column of a type, in one of its orders."""
    return f"{kind.replace(' ', '_').replace('[]', 's')}_{copy}"


def statements() -> Iterator[str]:
    """SQL that makes the tables."""
    columns = [(column(kind, copy), kind, copy) for kind in EDGES for copy in range(COPIES)]
    for table, rule in (("edges", " NOT NULL"), ("holes", "")):
        listed = ", ".join(f"{name} {_DECLARED.get(k, k)}{rule}" for name, k, _ in columns)
        yield f"CREATE TABLE {table} (id integer PRIMARY KEY, {listed})"
    for row in range(ROWS):
        values = [EDGES[kind][_place(row, copy) % len(EDGES[kind])] for _, kind, copy in columns]
        yield _insert("edges", row, values)
    for row in range(COPIES + 1):
        holes = [None if row in (copy, COPIES) else EDGES[kind][1] for _, kind, copy in columns]
        yield _insert("holes", row, holes)


def _place(row: int, copy: int) -> int:
    return (row, row // 6, row // 2)[copy]


def _insert(table: str, row: int, values: Sequence[str | None]) -> str:
    texts = ["NULL" if v is None else "'" + v.replace("'", "''") + "'" for v in values]
    return f"INSERT INTO {table} VALUES ({row}, {', '.join(texts)})"
