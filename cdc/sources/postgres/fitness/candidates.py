"""Every relation that a pattern may match, with the facts that decide whether it is captured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from cdc.sources.postgres.connection import Connection

_CANDIDATES = """
SELECT n.nspname || '.' || c.relname, format('%%I.%%I', n.nspname, c.relname), n.nspname,
       quote_ident(n.nspname), c.oid::int8, c.relkind::text, c.relpersistence::text,
       c.relreplident::text,
       CASE WHEN c.relispartition THEN pg_partition_root(c.oid)::oid::int8 END,
       n.nspname IN ('pg_catalog', 'information_schema'),
       coalesce(row_security_active(c.oid), false),
       coalesce(has_schema_privilege(n.oid, 'USAGE'), true),
       coalesce(has_table_privilege(c.oid, 'SELECT'), true),
       pg_has_role(c.relowner, 'USAGE'), pg_get_userbyid(c.relowner)::text,
       ARRAY(SELECT attname::text FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0
             AND attnotnull AND attgenerated = '' AND NOT attisdropped)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
  AND (n.nspname || '.' || c.relname = ANY (%(exact)s)
       OR n.nspname NOT IN ('pg_catalog', 'information_schema')
          AND n.nspname NOT LIKE 'pg\\_toast%%' AND n.nspname NOT LIKE 'pg\\_temp%%')
ORDER BY 1, 2
"""

_INDEXES = """
SELECT i.indrelid::int8, c.relname, quote_ident(coalesce(k.conname, c.relname)), i.indisprimary,
       i.indisreplident, i.indimmediate, i.indisvalid,
       i.indpred IS NOT NULL OR i.indexprs IS NOT NULL, i.columns, i.quoted, i.not_null,
       i.generated
FROM (
    SELECT x.*, array_agg(a.attname::text ORDER BY p.place) AS columns,
           coalesce(string_agg(quote_ident(a.attname), ', ' ORDER BY p.place), '') AS quoted,
           coalesce(bool_and(a.attnotnull), false) AS not_null,
           coalesce(array_agg(a.attname::text) FILTER (WHERE a.attgenerated <> ''), '{}')
               AS generated
    FROM pg_index x
    CROSS JOIN LATERAL unnest(x.indkey) WITH ORDINALITY AS p (attnum, place)
    LEFT JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = p.attnum
    WHERE x.indrelid = ANY (%s) AND x.indisunique AND p.place <= x.indnkeyatts
    GROUP BY x.indexrelid
) AS i
JOIN pg_class c ON c.oid = i.indexrelid
LEFT JOIN pg_constraint k ON k.conindid = i.indexrelid AND k.contype IN ('p', 'u')
                         AND k.conrelid = i.indrelid
ORDER BY 2
"""

_CHILDREN = """
SELECT i.inhparent::int8, n.nspname || '.' || c.relname
FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE i.inhparent = ANY (%s) AND NOT c.relispartition
ORDER BY 2
"""


@dataclass(frozen=True, slots=True)
class Index:
    """A unique index. `constraint`, `quoted`: its name and columns, quoted for SQL. `generated`:
    its generated columns. `is_partial`: it has a predicate or expressions."""

    name: str
    constraint: str
    is_primary: bool
    is_identity: bool
    is_immediate: bool
    is_valid: bool
    is_partial: bool
    columns: tuple[str, ...]
    quoted: str
    is_not_null: bool
    generated: tuple[str, ...]

    @property
    def can_be_identity(self) -> bool:
        """Whether REPLICA IDENTITY USING INDEX accepts it, and it identifies rows."""
        fits = self.is_immediate and self.is_valid and self.is_not_null
        return fits and not self.is_partial and not self.generated


@dataclass(frozen=True, slots=True)
class Candidate:
    """A relation of the catalogue.

    `quoted`, `quoted_schema`: names quoted for SQL. `kind`, `persistence`, `identity`: relkind,
    relpersistence, relreplident. `root`: oid of the topmost partitioned table above it.
    `has_policy`, `may_use_schema`, `may_select`, `is_owned`: for the connected role.
    `full_columns`: NOT NULL and not generated. `children`: tables that inherit from it, without
    partitions.
    """

    name: str
    quoted: str
    schema: str
    quoted_schema: str
    oid: int
    kind: str
    persistence: str
    identity: str
    root: int | None
    is_system: bool
    has_policy: bool
    may_use_schema: bool
    may_select: bool
    is_owned: bool
    owner: str
    full_columns: Sequence[str]
    indexes: tuple[Index, ...] = field(default=())
    children: tuple[str, ...] = field(default=())

    @property
    def is_table(self) -> bool:
        """Whether it is an ordinary or partitioned table, and no partition."""
        return self.kind in ("r", "p") and self.root is None


def as_privileged(candidate: Candidate) -> Candidate:
    """The candidate as seen by a role with every right to read it."""
    return replace(candidate, may_use_schema=True, may_select=True, has_policy=False)


def find_candidates(connection: Connection, exact: Sequence[str]) -> list[Candidate]:
    """All relations by name; system and temporary ones only where listed in `exact`."""
    rows = connection.execute(_CANDIDATES, {"exact": list(exact)})
    return [Candidate(*row) for row in rows]


def with_details(connection: Connection, candidates: Sequence[Candidate]) -> list[Candidate]:
    """The candidates with their unique indexes and inheritance children."""
    oids = [candidate.oid for candidate in candidates]
    indexes: dict[int, list[Index]] = {}
    for oid, *row in connection.execute(_INDEXES, [oids]):
        values: list[Any] = [tuple(value) if isinstance(value, list) else value for value in row]
        indexes.setdefault(oid, []).append(Index(*values))
    children: dict[int, list[str]] = {}
    for oid, name in connection.execute(_CHILDREN, [oids]):
        children.setdefault(oid, []).append(name)
    return [
        replace(c, indexes=tuple(indexes.get(c.oid, ())), children=tuple(children.get(c.oid, ())))
        for c in candidates
    ]
