"""What a view may read: tables, views made before it, and queries of its own WITH."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tests.oracle.tables import KINDS, Table
from tests.views.source import Connection

_KINDS = {
    "smallint": "int", "integer": "int", "bigint": "int", "numeric": "numeric", "text": "text",
    "character varying": "text", "double precision": "float", "boolean": "bool",
    "timestamp with time zone": "time", "timestamp without time zone": "time",
    "mood": "enum", "interval": "span", "character": "char",
    "integer[]": "array", "citext": "citext", "jsonb": "document",
}  # fmt: skip
_LIKE = ("id", "k", "j", "n")
_COLUMNS = """
SELECT attname, quote_ident(attname), format_type(atttypid, NULL) FROM pg_attribute
WHERE attrelid = %s::regclass AND attnum > 0 ORDER BY attnum
"""


@dataclass(frozen=True, slots=True)
class Relation:
    """`columns`: name as SQL -> kind; `key`: those that tell its rows apart, NULLs among them
    maybe. `is_exact`: whether its numerics are as declared, not quotients of any scale."""

    name: str
    columns: Mapping[str, str]
    key: tuple[str, ...]
    is_exact: bool = True

    @property
    def is_like_a_table(self) -> bool:
        """Whether a query may read it that knows r, s and t alone."""
        return all(self.columns.get(name) == KINDS[name] for name in _LIKE)

    def under(self, alias: str) -> list[tuple[str, str]]:
        """SQL and kind of each column."""
        return [
            (self._column(f"{alias}.{name}", kind), kind) for name, kind in self.columns.items()
        ]

    def _column(self, name: str, kind: str) -> str:
        is_cut = kind == "numeric" and not self.is_exact
        return f"({name})::numeric(20,4)" if is_cut else name


def of_table(table: Table) -> Relation:
    """A table as a relation."""
    return Relation(table.name, {name: KINDS[name] for name in table.columns}, table.key)


def of_view(connection: Connection, name: str, key: tuple[str, ...]) -> Relation | None:
    """A view of PostgreSQL's as a relation; None where it lacks what every query uses."""
    found = connection.execute(_COLUMNS, [name]).fetchall()
    columns = {column: _KINDS[kind] for _, column, kind in found if kind in _KINDS}
    quoted = {column: written for column, written, _ in found}
    keys = tuple(quoted[column] for column in key)
    is_usable = {"int", "numeric"} <= set(columns.values()) and set(keys) <= columns.keys()
    return Relation(name, columns, keys, is_exact=False) if is_usable and key else None
