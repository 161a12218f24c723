"""The newest schema record of each captured table, as the topics have it."""

from __future__ import annotations

from collections.abc import Container, Mapping

from cdc.contract.schemas import TableSchema
from cdc.publish import Publisher


class Recorded:
    """Schema records by `schema.table`; changes are published in the open transaction.

    `doubtful`: tables of which readers may know a record, as their topics have changed, though
    `schemas` has none.
    """

    def __init__(
        self,
        publisher: Publisher,
        schemas: Mapping[str, TableSchema],
        doubtful: Container[str] = (),
    ) -> None:
        self._publisher, self._schemas = publisher, dict(schemas)
        self._doubtful = doubtful
        self._expected: dict[str, TableSchema] = {}

    def __contains__(self, table: str) -> bool:
        return table in self._schemas

    def names(self) -> list[str]:
        return sorted(self._schemas)

    def get(self, table: str) -> TableSchema | None:
        return self._schemas.get(table)

    def is_unheard_of(self, table: str) -> bool:
        """Whether no reader knows the table: it never was captured, or is no longer."""
        return table not in self._schemas and table not in self._doubtful

    def record(self, schema: TableSchema) -> None:
        """Publish a table's schema record."""
        self._publisher.begin()
        self._publisher.schema(schema)
        self._schemas[schema.table] = schema
        self._expected.pop(schema.table, None)

    def forget(self, table: str) -> None:
        """Publish that a table is no longer captured; the views that read it stop."""
        self._publisher.begin()
        self._publisher.forget(table)
        del self._schemas[table]

    # ------------------------------------------------------------------ new tables being read

    def expect(self, schema: TableSchema) -> None:
        """Publish the table's changes by this schema; its record follows when all is read."""
        self._expected[schema.table] = schema

    def expect_no_longer(self, table: str) -> None:
        self._expected.pop(table, None)

    def layout(self, table: str) -> TableSchema | None:
        """The schema by which the table's changes are published, or None."""
        return self._expected.get(table) or self._schemas.get(table)

    def names_laid_out(self) -> list[str]:
        """The tables that have such a schema."""
        return [*self._expected, *self._schemas]
