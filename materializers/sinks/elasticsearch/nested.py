"""Maps JSON columns with arrays of objects as `nested`, before the first such value is written."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa
from elasticsearch import BadRequestError, Elasticsearch

from materializers.sinks.elasticsearch.errors import reason_of
from materializers.sinks.kind import Kind, kind_of
from materializers.sinks.renderer import Renderer
from materializers.view import ViewSchema

_SPACE = r"^\s*"


class NestedColumns:
    """Tracks which JSON columns of an index are not mapped yet, and maps them by their values."""

    def __init__(
        self, client: Elasticsearch, schema: ViewSchema, name_of: Callable[[str], str]
    ) -> None:
        self._client, self._name_of = client, name_of
        self._columns = [c.name for c in schema.columns if kind_of(c.type_name) is Kind.JSON]
        self._open: dict[str, set[str]] = {}

    def forget(self) -> None:
        """Read the mappings again, as an index may have been recreated."""
        self._open.clear()

    def decide(self, index: str, batch: pa.RecordBatch, renderer: Renderer) -> None:
        """Map every unmapped column in which the batch has an array of objects, or an object."""
        if index not in self._open:
            mapping = self._client.indices.get_mapping(index=index).body[index]["mappings"]
            self._open[index] = set(self._columns) - set(mapping.get("properties", {}))
        for name in sorted(self._open[index] & set(batch.schema.names)):
            kind = self._kind(batch, name, renderer)
            if kind:
                self._map(index, name, kind)
                self._open[index].discard(name)

    def _map(self, index: str, name: str, kind: str) -> None:
        try:
            self._client.indices.put_mapping(
                index=self._name_of(index), properties={name: {"type": kind}}
            )
        except BadRequestError as error:
            # Mapped already by earlier values that were neither; rows that do not fit are refused.
            if "mapping" not in reason_of(error.body):
                raise

    def _kind(self, batch: pa.RecordBatch, name: str, renderer: Renderer) -> str:
        if pa.types.is_list(batch.schema.field(name).type):
            is_objects = pa.types.is_struct(batch.schema.field(name).type.value_type)
            return "nested" if is_objects else ""
        column = renderer.expressions(batch).held[name]
        if not pa.types.is_string(batch.schema.field(name).type):
            return ""
        if renderer.is_any(batch, f"regexp_matches({column}, '{_SPACE}\\[\\s*\\{{')"):
            return "nested"
        is_object = renderer.is_any(batch, f"regexp_matches({column}, '{_SPACE}\\{{')")
        return "object" if is_object else ""
