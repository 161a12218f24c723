"""Tables as the stream sees them: from a Relation message to schema, topic and envelope."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum

from cdc.config import Source
from cdc.contract.envelope import Envelope, Origin, Stamp
from cdc.contract.schemas import Column, TableSchema
from cdc.contract.topics import table_topic
from cdc.contract.values import json_encoder
from cdc.position import Lsn
from cdc.sources.postgres import catalog
from cdc.sources.postgres.catalog import Attribute, BaseType, Connection
from cdc.sources.postgres.definition import keeps_rows
from cdc.sources.postgres.pgoutput import Relation


class News(Enum):
    """What a Relation message changes."""

    NOTHING = "the table is as it was"
    SCHEMA = "its columns have changed; the rows published so far still hold"
    ROWS = "rows published so far no longer tell what the table holds"


class CapturedTable:
    """A table whose changes are being published, as of its newest Relation message.

    `stamp` belongs to the transaction `origin`. A row that `short_texts` can take apart has
    `pieces` pieces.
    """

    __slots__ = ("envelope", "key_indices", "oid", "origin", "pieces", "schema", "stamp", "topic")

    def __init__(self, source: str, database: str, schema: TableSchema, oid: int) -> None:
        encoders = [json_encoder(c.type_oid, c.type_name, c.typmod) for c in schema.columns]
        self.schema, self.oid = schema, oid
        self.topic = table_topic(source, schema.table)
        self.envelope = Envelope(source, database, schema, encoders)
        self.pieces = len(schema.columns) + 1
        self.origin: Origin | None = None
        self.stamp: Stamp

    def stamp_for(self, origin: Origin) -> None:
        """Make the pieces that the records of one transaction share."""
        self.origin, self.stamp = origin, self.envelope.stamp(origin)


class Relations:
    """Turns Relation messages into captured tables, asking the catalog what the log leaves out:
    the names of types, which columns may be null, the primary key under REPLICA IDENTITY FULL."""

    def __init__(
        self,
        source: Source,
        connection: Connection,
        known: dict[str, TableSchema],
        tables: Iterable[str],
    ) -> None:
        self._source, self._connection = source, connection
        self._known, self._tables = dict(known), frozenset(tables)
        self._database = connection.info.dbname

    def captured(self, relation: Relation, lsn: Lsn) -> tuple[CapturedTable, News] | None:
        """The table as of this message and what is new about it; None if it is not captured."""
        if relation.name not in self._tables:
            return None
        oid = int.from_bytes(relation.id, "big")
        attributes = {a.name: a for a in catalog.attributes(self._connection, oid)}
        schema = self._schema(relation, attributes, lsn)
        known = self._known.get(relation.name)
        news = News.SCHEMA
        if known is not None and (known.columns, known.key) == (schema.columns, schema.key):
            schema, news = known, News.NOTHING
        elif known is not None:
            filled = {attribute.name for attribute in attributes.values() if attribute.has_default}
            news = News.SCHEMA if keeps_rows(known, schema, filled) else News.ROWS
        self._known[relation.name] = schema
        return self.table(schema, oid), news

    def table(self, schema: TableSchema, oid: int) -> CapturedTable:
        """A table ready to be published under this schema."""
        return CapturedTable(self._source.name, self._database, schema, oid)

    def replace(self, schema: TableSchema) -> None:
        """Remember a schema that was recorded without a Relation message (a truncation)."""
        self._known[schema.table] = schema

    def _schema(
        self, relation: Relation, attributes: Mapping[str, Attribute], lsn: Lsn
    ) -> TableSchema:
        oid = int.from_bytes(relation.id, "big")
        types = catalog.base_types(self._connection, (c.type_oid for c in relation.columns))
        nullable = {name: attribute.is_nullable for name, attribute in attributes.items()}
        columns = tuple(
            self._column(relation.name, column.name, types.get(column.type_oid), column.typmod,
                         nullable.get(column.name, True))
            for column in relation.columns
        )  # fmt: skip
        known = self._known.get(relation.name)
        return TableSchema(
            table=relation.name,
            columns=columns,
            key=self._key(relation, oid),
            lsn=lsn,
            emptied=known.emptied if known else None,
        )

    def _column(
        self, table: str, name: str, base: BaseType | None, typmod: int, is_nullable: bool
    ) -> Column:
        if base is not None:
            return catalog.column_of(name, base, typmod, is_nullable=is_nullable)
        # The type was dropped since: as the column was before, or as the text that the log has.
        known = self._known.get(table)
        before = {column.name: column for column in known.columns} if known else {}
        return before.get(name) or Column(name, "text", 25, -1, is_nullable)

    def _key(self, relation: Relation, oid: int) -> tuple[str, ...]:
        """The log knows the key's columns but not their order; under FULL it marks them all."""
        names = {column.name for column in relation.columns}
        marked = tuple(column.name for column in relation.columns if column.is_key)
        primary = catalog.key_columns(self._connection, oid, relation.identity)
        if set(primary) == set(marked) or (relation.identity == "f" and set(primary) <= names):
            return primary
        known = self._known.get(relation.name)
        if relation.identity == "f" and known is not None and set(known.key) <= names:
            return known.key
        return marked
