"""Captured tables of the stream: from a Relation message to topic and envelope."""

from __future__ import annotations

from collections.abc import Callable

from cdc.config import Source
from cdc.contract.envelope import Envelope, Origin, Stamp
from cdc.contract.schemas import Column, TableSchema
from cdc.contract.topics import table_topic
from cdc.contract.values import JsonEncoder, json_encoder, text
from cdc.contract.values_array import array_encoder
from cdc.contract.values_enum import enum_encoder
from cdc.position import Lsn
from cdc.sources.postgres.catalogue.tables import BaseType, base_types, column_of
from cdc.sources.postgres.connection import Connection
from cdc.sources.postgres.stream.pgoutput import Relation


def _nothing() -> None:
    """A copy whose table changes meanwhile is started again anyway."""


class CapturedTable:
    """A table whose changes are published with the layout of `schema`.

    `stamp` belongs to the transaction `origin`. A tuple of short texts splits into `pieces` pieces
    (see `pgoutput.SHORT_TEXT`).
    """

    __slots__ = ("envelope", "oid", "origin", "pieces", "schema", "stamp", "topic")

    def __init__(
        self,
        source: str,
        database: str,
        schema: TableSchema,
        oid: int,
        on_unknown_label: Callable[[], None] = _nothing,
    ) -> None:
        encoders = [_encoder(c, on_unknown_label) for c in schema.columns]
        self.schema, self.oid = schema, oid
        self.topic = table_topic(source, schema.table)
        self.envelope = Envelope(source, database, schema, encoders)
        self.pieces = len(schema.columns) + 1
        self.origin: Origin | None = None
        self.stamp: Stamp

    def stamp_for(self, origin: Origin) -> None:
        """Make the pieces shared by the records of one transaction."""
        self.origin, self.stamp = origin, self.envelope.stamp(origin)


class Relations:
    """Turns Relation messages into captured tables. The catalogue supplies what the log lacks: the
    names of types, and the order of the key's columns. `has_unknown_label`: a row came with a label
    of an enum that its table's schema record lacks."""

    def __init__(self, source: Source, connection: Connection) -> None:
        self._source, self._connection = source, connection
        self._database = connection.info.dbname
        self.has_unknown_label = False

    def captured(self, relation: Relation, recorded: TableSchema) -> CapturedTable | None:
        """The table with the layout of this message; None where it has no key.

        The message may be older or newer than `recorded`, the schema of the newest look.
        """
        key = self._key(relation, recorded)
        if not key:
            return None
        types = base_types(self._connection, (c.type_oid for c in relation.columns))
        known = {column.name: column for column in recorded.columns}
        columns = tuple(
            _column(known.get(c.name), c.name, types.get(c.type_oid), c.typmod)
            for c in relation.columns
        )
        layout = TableSchema(relation.name, columns, key, Lsn(0))
        return self.table(layout, int.from_bytes(relation.id, "big"))

    def table(self, schema: TableSchema, oid: int) -> CapturedTable:
        """A table ready to be published with this schema."""
        return CapturedTable(self._source.name, self._database, schema, oid, self._note_label)

    def _note_label(self) -> None:
        self.has_unknown_label = True

    @staticmethod
    def _key(relation: Relation, recorded: TableSchema) -> tuple[str, ...]:
        """The log marks the key's columns but not their order. Under FULL it marks all columns,
        under NOTHING none (and sends inserts only)."""
        names = {column.name for column in relation.columns}
        marked = tuple(column.name for column in relation.columns if column.is_key)
        if set(recorded.key) == set(marked) or relation.identity in "fn":
            return recorded.key if set(recorded.key) <= names else ()
        return marked


def _encoder(column: Column, on_unknown_label: Callable[[], None]) -> JsonEncoder:
    if column.dimensions:
        return text
    if not column.labels:
        return json_encoder(column.type_oid, column.type_name, column.typmod)
    label = enum_encoder(column.labels, on_unknown_label)
    return array_encoder(label) if column.type_name.endswith("[]") else label


def _column(known: Column | None, name: str, base: BaseType | None, typmod: int) -> Column:
    if base is not None:
        dimensions = known.dimensions if known is not None else 0
        return column_of(name, base, typmod, is_nullable=True, dimensions=dimensions)
    # The type was dropped since: take the column as recorded, or as text.
    return known or Column(name, "text", 25)
