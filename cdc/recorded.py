"""The newest schema record of each captured table: what the topics say of the source so far."""

from __future__ import annotations

from collections.abc import Mapping

from cdc.contract.schemas import TableSchema
from cdc.publish import Publisher


class Recorded:
    """Schema records by `schema.table`; a change is published within the open transaction."""

    def __init__(self, publisher: Publisher, schemas: Mapping[str, TableSchema]) -> None:
        self._publisher, self._schemas = publisher, dict(schemas)

    def __contains__(self, table: str) -> bool:
        return table in self._schemas

    def names(self) -> list[str]:
        return sorted(self._schemas)

    def get(self, table: str) -> TableSchema | None:
        return self._schemas.get(table)

    def record(self, schema: TableSchema) -> None:
        """Publish a table's schema."""
        self._publisher.begin()
        self._publisher.schema(schema)
        self._schemas[schema.table] = schema

    def forget(self, table: str) -> None:
        """Publish that a table is captured no longer: the views that read it stop."""
        self._publisher.begin()
        self._publisher.forget(table)
        del self._schemas[table]
