"""The newest schema record of each captured table: what the topics say of the source so far."""

from __future__ import annotations

from collections.abc import Container, Mapping

from cdc.contract.schemas import TableSchema
from cdc.publish import Publisher


class Recorded:
    """Schema records by `schema.table`; a change is published within the open transaction.

    `doubtful`: tables of which readers may know a record though there is none here, as the topics
    have changed.
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
        """No reader looks at the table: it was never captured, or is said to be no longer."""
        return table not in self._schemas and table not in self._doubtful

    def record(self, schema: TableSchema) -> None:
        """Publish a table's schema."""
        self._publisher.begin()
        self._publisher.schema(schema)
        self._schemas[schema.table] = schema
        self._expected.pop(schema.table, None)

    def forget(self, table: str) -> None:
        """Publish that a table is captured no longer: the views that read it stop."""
        self._publisher.begin()
        self._publisher.forget(table)
        del self._schemas[table]

    # ------------------------------------------------------------------ tables being taken up

    def expect(self, schema: TableSchema) -> None:
        """The table's changes are to be published, its record follows once all of it is."""
        self._expected[schema.table] = schema

    def expect_no_longer(self, table: str) -> None:
        self._expected.pop(table, None)

    def layout(self, table: str) -> TableSchema | None:
        """The schema by which the table's changes are published."""
        return self._expected.get(table) or self._schemas.get(table)

    def names_laid_out(self) -> list[str]:
        """The tables for which there is such a schema."""
        return [*self._expected, *self._schemas]
