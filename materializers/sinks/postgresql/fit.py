"""Checks that a view's columns can be columns of a table."""

from __future__ import annotations

from collections.abc import Iterator

from materializers.sinks.options import Options
from materializers.sinks.postgresql.column import column_type
from materializers.sinks.postgresql.name import NAME_BYTES_MAX
from materializers.view import ViewSchema

# https://www.postgresql.org/docs/current/limits.html

COLUMNS_MAX = 1600
KEY_COLUMNS_MAX = 32
# https://www.postgresql.org/docs/current/ddl-system-columns.html
SYSTEM_COLUMNS = ("tableoid", "xmin", "cmin", "xmax", "cmax", "ctid")
# Types without an order, which a primary key needs.
UNORDERED_TYPES = ("json", "xml", "point", "line", "lseg", "box", "path", "polygon", "circle")


def refuse_unfit(options: Options, schema: ViewSchema, table: str) -> None:
    """Raises SinkError with everything that a table cannot have of the view's columns."""
    if faults := [*_bad_names(schema)]:
        raise options.error("; ".join(faults), "rename these columns in the view, with AS")
    if faults := [*_bad_keys(schema)]:
        fix = "cast them in the view, json to jsonb and others to text, or choose another key"
        raise options.error("; ".join(faults), fix)
    if len(schema.columns) > COLUMNS_MAX:
        raise options.error(
            f"the view has {len(schema.columns):,} columns, a table of PostgreSQL at most 1,600",
            "take columns out of the view, or put some of them into one JSON column",
        )
    if len(schema.key) > KEY_COLUMNS_MAX:
        raise options.error(
            f"the view's key has {len(schema.key)} columns, an index of PostgreSQL at most 32",
            "choose a key of fewer columns",
        )
    if len(table.encode()) > NAME_BYTES_MAX:
        raise options.error(
            f"the table's name {table!r} has more than {NAME_BYTES_MAX} bytes",
            "give it a shorter one, by table = '…'",
        )


def _bad_names(schema: ViewSchema) -> Iterator[str]:
    for column in schema.columns:
        if column.name in SYSTEM_COLUMNS:
            yield f"column {column.name} has the name of a system column of PostgreSQL"
        if not column.name:
            yield "a column has an empty name"
        if len(column.name.encode()) > NAME_BYTES_MAX:
            yield f"the name of column {column.name} has more than {NAME_BYTES_MAX} bytes"


def _bad_keys(schema: ViewSchema) -> Iterator[str]:
    for column in schema.columns:
        type_name = column_type(column.type_name)
        if column.name in schema.key and type_name.removesuffix("[]") in UNORDERED_TYPES:
            yield f"key column {column.name} has type {type_name}, which no index accepts"
