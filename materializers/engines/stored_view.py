"""A view's entry in a state: all that a restart needs to plan it again, and its condition."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import orjson

from cdc.contract.schemas import TableSchema
from materializers.engines.label import next_label
from materializers.view import ViewDefinition


@dataclass(frozen=True, slots=True)
class StoredView:
    """`schemas`: the table schemas it was planned against. `failure`: why it stopped, None while it
    is maintained. `outbox_from`: the outbox is complete for every version after this one.
    `is_next`: built beside the view's live build, to replace it. `is_outdated`: it stopped, and the
    source's tables have changed since, so it is to be planned again. `stopped_at`: the cut of a
    stopped view's rows, as JSON text; empty while it is maintained, or if it stopped between two
    cuts. `is_wide`: a number outgrew narrow numerics, so it is planned with wide ones."""

    definition: ViewDefinition
    key: tuple[str, ...] | None
    generation: int
    schemas: Mapping[str, TableSchema]
    failure: str | None
    is_built: bool
    rows: int
    outbox_from: int
    is_next: bool = False
    is_outdated: bool = False
    stopped_at: str = ""
    is_wide: bool = False

    @classmethod
    def new(
        cls,
        definition: ViewDefinition,
        schemas: Mapping[str, TableSchema],
        *,
        key: tuple[str, ...] | None,
        generation: int = 0,
        is_next: bool = False,
    ) -> StoredView:
        """A view that is not built yet."""
        return cls(definition, key, generation, schemas, None, False, 0, -1, is_next)

    @property
    def label(self) -> str:
        """The name of its entry and its tables."""
        return next_label(self.definition.name) if self.is_next else self.definition.name

    def to_json(self) -> bytes:
        """As a JSON object."""
        definition = self.definition
        schemas = {table: schema.to_json().decode() for table, schema in self.schemas.items()}
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        views = inner_views_text((*definition.over, definition))
        return orjson.dumps({**values, "definition": views, "schemas": schemas})

    @classmethod
    def from_json(cls, text: bytes) -> StoredView:
        """The inverse of `to_json`."""
        raw = orjson.loads(text)
        schemas = {table: TableSchema.from_json(each) for table, each in raw["schemas"].items()}
        key = None if raw["key"] is None else tuple(raw["key"])
        definition = inner_views(raw["definition"])[-1]
        return cls(**{**raw, "definition": definition, "schemas": schemas, "key": key})


def inner_views_text(views: Sequence[ViewDefinition]) -> str:
    """Views as JSON text, inner ones first; each names the views that it reads."""
    return orjson.dumps([_as_json(view) for view in views]).decode()


def _as_json(view: ViewDefinition) -> dict[str, object]:
    over = [inner.name for inner in view.over]
    return {
        "name": view.name, "sql": view.sql, "file": str(view.file), "line": view.line, "over": over,
    }  # fmt: skip


def inner_views(text: str) -> tuple[ViewDefinition, ...]:
    """The inverse of `inner_views_text`."""
    views: dict[str, ViewDefinition] = {}
    for raw in orjson.loads(text):
        over = tuple(views[name] for name in raw["over"])
        views[raw["name"]] = ViewDefinition(
            raw["name"], raw["sql"], Path(raw["file"]), raw["line"], over
        )
    return tuple(views.values())
