"""What the source's catalog says of tables and types, as of now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

import psycopg

from cdc.contract.schemas import Column, TableSchema
from cdc.position import Lsn

Connection = psycopg.Connection[Any]

_TABLES = """
SELECT n.nspname || '.' || c.relname AS name, c.oid::int8, c.relkind::text, c.relreplident::text,
       c.relpages, greatest(c.reltuples, 0)::int8, c.relpersistence = 'p'
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_toast%'
  AND n.nspname NOT LIKE 'pg\\_temp%' AND position('.' IN n.nspname) = 0
ORDER BY 1
"""

_COLUMNS = """
SELECT a.attname, a.atttypid::int8, a.atttypmod, NOT a.attnotnull,
       a.atthasdef OR a.attidentity <> '',
       a.attstorage IN ('x', 'e') AND a.atttypid::regtype IN (
           'text', 'bytea', 'json', 'jsonb', 'xml', 'tsvector')
FROM pg_attribute a
WHERE a.attrelid = %s AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
ORDER BY a.attnum
"""

_KEY = """
SELECT a.attname
FROM pg_index i CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS k (attnum, place)
JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
WHERE i.indrelid = %s AND k.place <= i.indnkeyatts
  AND CASE WHEN %s = 'i' THEN i.indisreplident ELSE i.indisprimary END
ORDER BY k.place
"""

# Domains are followed to their base; an array of a domain to the array of the domain's base.
_TYPES = """
WITH RECURSIVE step AS (
    SELECT oid AS given, oid, typtype, typbasetype, typtypmod, typelem, typcategory
    FROM pg_type WHERE oid = ANY (%s)
  UNION ALL
    SELECT step.given, t.oid, t.typtype, t.typbasetype,
           CASE WHEN t.typtype = 'd' THEN t.typtypmod ELSE step.typtypmod END,
           t.typelem, t.typcategory
    FROM step
    LEFT JOIN pg_type element ON element.oid = step.typelem AND element.typtype = 'd'
                             AND step.typcategory = 'A'
    LEFT JOIN pg_type base ON base.oid = element.typbasetype
    JOIN pg_type t ON t.oid = CASE WHEN step.typtype = 'd' THEN step.typbasetype
                                   ELSE base.typarray END
)
SELECT given::int8, oid::int8, format_type(oid, NULL), typtypmod
FROM step
WHERE typtype <> 'd' AND NOT EXISTS (
    SELECT FROM pg_type e WHERE e.oid = step.typelem AND step.typcategory = 'A' AND e.typtype = 'd')
"""


@dataclass(frozen=True, slots=True)
class Table:
    """A table that exists. `kind`: r(elation) or p(artitioned); `identity` as in a Relation
    message; `pages` and `rows` are the planner's estimates."""

    name: str
    oid: int
    kind: str
    identity: str
    pages: int
    rows: int
    is_logged: bool


@dataclass(frozen=True, slots=True)
class Attribute:
    """A column as the catalog has it, its type not yet followed to the base of a domain.

    `is_long`: its type is one whose values are stored apart where they pass two kilobytes, and
    commonly do.
    """

    name: str
    type_oid: int
    typmod: int
    is_nullable: bool
    has_default: bool
    is_long: bool


@dataclass(frozen=True, slots=True)
class BaseType:
    """A type with domains followed: oid, name without modifier, and the domain's modifier."""

    oid: int
    name: str
    typmod: int


def all_tables(connection: Connection) -> dict[str, Table]:
    """Every table that could be captured, by `schema.table`."""
    return {row[0]: Table(*row) for row in connection.execute(_TABLES)}


def matching(tables: Mapping[str, Table], patterns: Sequence[str]) -> list[Table]:
    """The tables that any of the patterns names, in the order of their names."""
    return [
        table
        for name, table in sorted(tables.items())
        if any(name == pattern or fnmatchcase(name, pattern) for pattern in patterns)
    ]


def attributes(connection: Connection, oid: int) -> list[Attribute]:
    """A table's columns in their order, generated ones left out as the log leaves them out."""
    return [Attribute(*row) for row in connection.execute(_COLUMNS, [oid])]


def key_columns(connection: Connection, oid: int, identity: str) -> tuple[str, ...]:
    """The primary key's columns in order; the identity index's where `identity` is `i`."""
    return tuple(row[0] for row in connection.execute(_KEY, [oid, identity]))


def base_types(connection: Connection, oids: Iterable[int]) -> dict[int, BaseType]:
    """Types by the oid given; one that no longer exists is left out."""
    rows = connection.execute(_TYPES, [sorted(set(oids))])
    return {given: BaseType(oid, name, typmod) for given, oid, name, typmod in rows}


def table_schema(connection: Connection, table: Table, lsn: Lsn) -> TableSchema:
    """A table's schema as the connection sees it, said to hold as of `lsn`."""
    columns = attributes(connection, table.oid)
    types = base_types(connection, (column.type_oid for column in columns))
    return TableSchema(
        table=table.name,
        columns=tuple(
            column_of(c.name, types[c.type_oid], c.typmod, is_nullable=c.is_nullable)
            for c in columns
        ),
        key=key_columns(connection, table.oid, table.identity),
        lsn=lsn,
    )


def column_of(name: str, base: BaseType, typmod: int, *, is_nullable: bool) -> Column:
    """The schema's column: a domain counts as its base type with the domain's modifier."""
    return Column(name, base.name, base.oid, base.typmod if typmod < 0 else typmod, is_nullable)
