"""One look at the catalogue: every table's definition as of one moment, and its log position.

Everything is read in one snapshot, for a definition made up of two moments could hide the change
between them. `lsn` is asked for within it: whatever the look shows lies before that position.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from psycopg.pq import TransactionStatus

from cdc.config import Source
from cdc.contract.schemas import TableSchema
from cdc.position import Lsn
from cdc.sources.postgres.catalogue.definition import Attribute, Definition, Partition
from cdc.sources.postgres.catalogue.publication import Publication, find_publication
from cdc.sources.postgres.catalogue.tables import Table, all_tables, base_types, column_of, matching
from cdc.sources.postgres.connection import Connection, log_end, without_page_header

# A change or removal of any row of these catalogues changes the answer. Of the large ones the sum
# of xmin is computed from the ages: `xmin::text::int8` costs three times as much. Frozen rows do
# not age; initdb made those, and they are in the small catalogues only. The oids are part of the
# text, so that the query is planned once.
_MARK = """
SELECT concat_ws(',',
  (SELECT concat(count(*), ':', {sum}) FROM pg_class WHERE oid >= 16384),
  (SELECT concat(count(*), ':', {sum}) FROM pg_attribute
    WHERE attrelid = ANY('{{{oids}}}') AND attnum > 0),
  (SELECT concat(count(*), ':', sum(xmin::text::int8)) FROM pg_namespace),
  (SELECT concat(count(*), ':', {sum}) FROM pg_type WHERE oid >= 16384),
  (SELECT concat(count(*), ':', sum(xmin::text::int8)) FROM pg_enum),
  (SELECT concat(count(*), ':', {sum}) FROM pg_index WHERE indexrelid >= 16384),
  (SELECT concat(count(*), ':', sum(xmin::text::int8)) FROM pg_inherits),
  (SELECT concat(count(*), ':', sum(xmin::text::int8)) FROM pg_publication),
  (SELECT concat(count(*), ':', sum(xmin::text::int8)) FROM pg_publication_rel)),
  pg_current_wal_insert_lsn()::text
"""
_SUM = "count(*) * age('3'::xid) - sum(age(xmin))"

_COLUMNS = """
SELECT a.attrelid::int8, a.attnum, a.attname, a.atttypid::int8, a.atttypmod, 
       NOT a.attnotnull OR EXISTS (SELECT FROM pg_constraint
           WHERE conrelid = a.attrelid AND contype = 'n' AND NOT convalidated
             AND a.attnum = ANY(conkey)),
       a.atthasmissing OR a.atthasdef OR a.attidentity <> '' OR a.attgenerated <> '',
       a.xmin::text,
       coalesce((SELECT collname::text FROM pg_collation c
                 WHERE c.oid = a.attcollation AND NOT collisdeterministic), ''),
       CASE WHEN a.attndims > 1 THEN a.attndims::int ELSE 0 END
FROM pg_attribute a
WHERE a.attrelid = ANY(%s) AND a.attnum > 0 AND NOT a.attisdropped
  AND a.attgenerated IN ('', '{}')
ORDER BY a.attrelid, a.attnum
"""

_FILES = "SELECT oid::int8, relfilenode::int8 FROM pg_class WHERE oid = ANY(%s)"

_KEYS = """
SELECT i.indrelid::int8, array_agg(k.attnum::int ORDER BY k.place)
FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS k (attnum, place)
WHERE i.indrelid = ANY(%s) AND k.place <= i.indnkeyatts AND i.indisvalid AND i.indimmediate
  AND CASE WHEN c.relreplident = 'i' THEN i.indisreplident ELSE i.indisprimary END
GROUP BY i.indrelid
"""

_PARTITIONS = """
WITH RECURSIVE part AS (
    SELECT inhparent AS root, inhrelid AS oid, xmin::text AS version, inhdetachpending AS leaving
    FROM pg_inherits WHERE inhparent = ANY(%s)
  UNION ALL
    SELECT part.root, i.inhrelid, i.xmin::text, part.leaving OR i.inhdetachpending
    FROM part JOIN pg_inherits i ON i.inhparent = part.oid
)
SELECT root::int8, part.oid::int8, relfilenode::int8, version
FROM part JOIN pg_class c ON c.oid = part.oid AND c.relispartition
WHERE NOT leaving ORDER BY 1, 2
"""

# The parts of a user-made type, recursively; one text for each label or field list. Each has its
# `xmin`: a label renamed and renamed back is in the log under both names.
_TYPES = """
WITH RECURSIVE part AS (
    SELECT oid AS given, oid FROM pg_type WHERE oid = ANY(%s)
  UNION
    SELECT part.given, inner_type.oid
    FROM part JOIN pg_type t ON t.oid = part.oid
    CROSS JOIN LATERAL (
        SELECT t.typelem AS oid UNION ALL SELECT t.typbasetype
      UNION ALL
        SELECT rngsubtype FROM pg_range WHERE rngtypid = t.oid
      UNION ALL
        SELECT atttypid FROM pg_attribute
        WHERE t.typtype = 'c' AND attrelid = t.typrelid AND attnum > 0 AND NOT attisdropped
    ) AS inner_type
    WHERE inner_type.oid >= 16384
)
SELECT given::int8, array_agg(told ORDER BY told) FROM (
    SELECT given, concat(e.oid, '=', e.enumlabel, '@', e.xmin) AS told
    FROM part JOIN pg_enum e ON e.enumtypid = part.oid
  UNION ALL
    SELECT given, concat('#', part.oid, json_agg(e.enumlabel ORDER BY e.enumsortorder))
    FROM part JOIN pg_enum e ON e.enumtypid = part.oid GROUP BY given, part.oid
  UNION ALL
    SELECT given, string_agg(concat_ws('/', a.attrelid, attnum, atttypid, atttypmod, a.xmin), ' '
                             ORDER BY attnum)
    FROM part JOIN pg_type t ON t.oid = part.oid AND t.typtype = 'c'
    JOIN pg_attribute a ON a.attrelid = t.typrelid AND attnum > 0 AND NOT attisdropped
    GROUP BY given, part.oid
) AS parts GROUP BY given
"""
_FIRST_USER_OID = 16384


@dataclass(frozen=True, slots=True)
class Look:
    """`definitions`: by name, of the tables that match; `tables`: all there are."""

    lsn: Lsn
    tables: Mapping[str, Table]
    definitions: Mapping[str, Definition]
    publication: Publication | None


@contextmanager
def one_snapshot(connection: Connection) -> Iterator[None]:
    """All queries inside see one snapshot; inside a transaction, that transaction's."""
    if connection.info.transaction_status != TransactionStatus.IDLE:
        yield
        return
    connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
    try:
        yield
    finally:
        if not connection.broken:
            connection.execute("ROLLBACK")


def mark(connection: Connection, oids: Sequence[int]) -> tuple[str, Lsn]:
    """A text that differs after any change of the catalogue that could matter to these tables, and
    the log position it holds for."""
    row = connection.execute(_mark_query(tuple(oids)), prepare=True).fetchone()
    assert row is not None
    return str(row[0]), without_page_header(row[1])


@lru_cache(maxsize=8)
def _mark_query(oids: tuple[int, ...]) -> bytes:
    return _MARK.format(sum=_SUM, oids=",".join(map(str, oids))).encode()


def look(source: Source, connection: Connection, patterns: Sequence[str]) -> Look:
    """Look at every table that matches the patterns."""
    with one_snapshot(connection):
        tables = all_tables(connection)
        lsn = log_end(connection)
        publication = find_publication(connection, source.publication_name)
        wanted = matching(tables, patterns)
        definitions = _definitions(connection, wanted, publication)
        for name in definitions.keys() & source.keys.keys():
            definitions[name] = _with_key(definitions[name], source.keys[name])
        return Look(lsn, tables, definitions, publication)


def _with_key(definition: Definition, names: Sequence[str]) -> Definition:
    """The definition with the project's key; with an empty key where a column is missing."""
    numbers = {column.name: column.number for column in definition.columns}
    is_there = set(names) <= numbers.keys()
    return replace(definition, key=tuple(numbers[name] for name in names) if is_there else ())


def _definitions(
    connection: Connection, tables: Sequence[Table], publication: Publication | None
) -> dict[str, Definition]:
    oids = [table.oid for table in tables]
    has_generated = publication is not None and publication.has_generated
    columns = _grouped(connection, _COLUMNS.format("s" if has_generated else ""), oids)
    partitions = _grouped(connection, _PARTITIONS, [t.oid for t in tables if t.kind == "p"])
    files: dict[int, int] = dict(_rows(connection, _FILES, oids))
    keys: dict[int, list[int]] = dict(_rows(connection, _KEYS, oids))
    made = {row[2] for rows in columns.values() for row in rows if row[2] >= _FIRST_USER_OID}
    types: dict[int, list[str]] = dict(_rows(connection, _TYPES, sorted(made))) if made else {}
    members = publication.members if publication is not None else {}
    return {
        table.name: Definition(
            table.name, table.oid, table.kind, files[table.oid], table.identity,
            tuple(keys.get(table.oid, ())), members.get(table.name, ""),
            tuple(Attribute(*row) for row in columns[table.oid]),
            tuple(Partition(*row) for row in partitions[table.oid]),
            tuple(sorted((t, tuple(types[t])) for t in {r[2] for r in columns[table.oid]}
                         if t in types)),
        )
        for table in tables
    }  # fmt: skip


def _rows(connection: Connection, query: str, oids: Sequence[int]) -> list[tuple[Any, ...]]:
    return connection.execute(query.encode(), [list(oids)]).fetchall()


def _grouped(
    connection: Connection, query: str, oids: Sequence[int]
) -> defaultdict[int, list[tuple[Any, ...]]]:
    """Rows by their first value, which is left out."""
    grouped: defaultdict[int, list[tuple[Any, ...]]] = defaultdict(list)
    for oid, *row in _rows(connection, query, oids) if oids else ():
        grouped[oid].append(tuple(row))
    return grouped


def schema_of(connection: Connection, definition: Definition, lsn: Lsn) -> TableSchema:
    """The schema record of a definition, valid as of `lsn`."""
    types = base_types(connection, (c.type_oid for c in definition.columns))
    return TableSchema(
        table=definition.table,
        columns=tuple(
            column_of(
                c.name, types[c.type_oid], c.typmod,
                is_nullable=c.is_nullable, collation=c.collation,
                dimensions=c.dimensions,
            )
            for c in definition.columns
            if c.type_oid in types
        ),
        key=definition.key_names,
        lsn=lsn,
        definition=definition.to_json(),
    )  # fmt: skip


def literally(name: str) -> str:
    """A pattern that matches this name alone."""
    return "".join(f"[{c}]" if c in "*?[" else c for c in name)
