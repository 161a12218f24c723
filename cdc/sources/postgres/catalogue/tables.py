"""Tables and types of the source's catalogue, as of now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from cdc.contract.schemas import Column
from cdc.sources.postgres.connection import Connection

_TABLES = """
SELECT n.nspname || '.' || c.relname AS name, c.oid::int8, c.relkind::text, c.relreplident::text,
       c.relpages, greatest(c.reltuples, 0)::int8, c.relpersistence = 'p'
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_toast%'
  AND n.nspname NOT LIKE 'pg\\_temp%' AND position('.' IN n.nspname) = 0
ORDER BY 1
"""

# A domain is resolved to its base type, an array of a domain to the array of the base type.
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
SELECT given::int8, oid::int8, format_type(oid, NULL), typtypmod,
       ARRAY(SELECT enumlabel::text FROM pg_enum WHERE enumtypid IN (step.oid, step.typelem)
             ORDER BY enumsortorder)
FROM step
WHERE typtype <> 'd' AND NOT EXISTS (
    SELECT FROM pg_type e WHERE e.oid = step.typelem AND step.typcategory = 'A' AND e.typtype = 'd')
"""


@dataclass(frozen=True, slots=True)
class Table:
    """A table. `kind`: r(elation) or p(artitioned); `identity` as in a Relation message; `pages`
    and `rows` are the planner's estimates."""

    name: str
    oid: int
    kind: str
    identity: str
    pages: int
    rows: int
    is_logged: bool


@dataclass(frozen=True, slots=True)
class BaseType:
    """A type with domains resolved: oid, name without modifier, the domain's modifier, and the
    labels of an enum or of an array of one."""

    oid: int
    name: str
    typmod: int
    labels: tuple[str, ...] = ()


def all_tables(connection: Connection) -> dict[str, Table]:
    """Every table that may be captured (no partition is), by `schema.table`."""
    return {row[0]: Table(*row) for row in connection.execute(_TABLES)}


def matching(tables: Mapping[str, Table], patterns: Sequence[str]) -> list[Table]:
    """The tables that match any of the patterns, by name."""
    return [
        table
        for name, table in sorted(tables.items())
        if any(name == pattern or fnmatchcase(name, pattern) for pattern in patterns)
    ]


def base_types(connection: Connection, oids: Iterable[int]) -> dict[int, BaseType]:
    """Types by the oids given; missing types are left out."""
    rows = connection.execute(_TYPES, [sorted(set(oids))])
    return {
        given: BaseType(oid, name, typmod, tuple(labels))
        for given, oid, name, typmod, labels in rows
    }


def column_of(
    name: str,
    base: BaseType,
    typmod: int,
    *,
    is_nullable: bool,
    collation: str = "",
    dimensions: int = 0,
) -> Column:
    """The schema record's column: a domain becomes its base type with the domain's modifier."""
    typmod = base.typmod if typmod < 0 else typmod
    told = (base.labels, collation, dimensions)
    return Column(name, base.name, base.oid, typmod, is_nullable, *told)
