"""The base class of engines' views: a stored view with its plan."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass

from cdc.contract.schemas import Column, TableSchema
from materializers.engines.stored_view import StoredView
from materializers.sql.types.captured import is_stored_as
from materializers.view import ViewDefinition, ViewSchema


@dataclass(slots=True)
class PlannedView(ABC):
    """Implements `EngineView`, and decides what changes of the source's tables mean for the view.
    `failure`: why it stopped, None while it is maintained."""

    stored: StoredView

    def is_of(self, definition: ViewDefinition, key: tuple[str, ...] | None) -> bool:
        """Whether SQL, inner views and key are unchanged."""
        return self.stored.definition.texts == definition.texts and self.stored.key == key

    @property
    @abstractmethod
    def schema(self) -> ViewSchema:
        """Its columns and key."""

    @property
    @abstractmethod
    def needs(self) -> Mapping[str, frozenset[str]]:
        """Table -> its columns that must be stored."""

    @property
    def generation(self) -> int:
        return self.stored.generation

    @property
    def failure(self) -> str | None:
        return self.stored.failure

    @property
    def is_outdated(self) -> bool:
        """Whether it stopped and the source's tables have changed since: a new plan may let it go
        on."""
        return self.failure is not None and self.stored.is_outdated

    @property
    def is_built(self) -> bool:
        return self.stored.is_built

    @property
    def rows(self) -> int:
        return self.stored.rows

    @property
    def is_maintained(self) -> bool:
        """Whether batches update it: it is built and not stopped."""
        return self.is_built and self.failure is None

    @property
    def name(self) -> str:
        """Its label: the view's name, or another one for a build beside the live one."""
        return self.stored.label

    def lost(self, gone: Set[str], position: str) -> str | None:
        """The failure message if one of its tables is in `gone` at this position; else None."""
        for table in sorted(gone & self.needs.keys()):
            return (
                f"view {self.schema.name}: table {table} was dropped, renamed or is captured no"
                f" longer since {position}; once it is back, the view is rebuilt"
            )
        return None

    def broken_by(self, schemas: Mapping[str, TableSchema]) -> str | None:
        """The failure message if a table's key, or a column that it reads, no longer suits its
        plan; else None."""
        view = self.schema.name
        for table, columns in self.needs.items():
            planned, present = self.stored.schemas[table], schemas.get(table)
            if present is None:
                continue
            if present.key != planned.key:
                return f"view {view}: the primary key of {table} changed at {present.lsn}"
            here = {c.name: c for c in present.columns}
            for name in sorted(columns):
                old = planned.column(name)
                where = f"view {view}: column {table}.{name}"
                if name not in here:
                    return f"{where} was dropped at {present.lsn}"
                if not is_stored_as(old, here[name]):
                    return (
                        f"{where} changed from {_type(old)} to {_type(here[name])} at {present.lsn}"
                    )
        return None

    def nullable_now(self, schemas: Mapping[str, TableSchema]) -> list[str]:
        """The columns that it reads, planned as never NULL, that may be NULL now."""
        columns_now = []
        for table, columns in self.needs.items():
            planned = {c.name: c for c in self.stored.schemas[table].columns}
            present = schemas[table].columns if table in schemas else ()
            for column in present:
                is_read = column.name in columns and column.name not in schemas[table].key
                if is_read and column.nullable and not planned[column.name].nullable:
                    columns_now.append(f"{table}.{column.name}")
        return columns_now

    def compared_otherwise(self, schemas: Mapping[str, TableSchema]) -> list[str]:
        """The columns that it reads whose comparison has changed: an enum has new labels, a text
        another collation."""
        changed = []
        for table, columns in self.needs.items():
            planned = {c.name: c for c in self.stored.schemas[table].columns}
            for column in schemas[table].columns if table in schemas else ():
                before = planned.get(column.name)
                if column.name in columns and before is not None:
                    if _comparison(before) != _comparison(column):
                        changed.append(f"{table}.{column.name}")
        return changed


def _comparison(column: Column) -> tuple[tuple[str, ...], str]:
    return column.labels, column.collation


def _type(column: Column) -> str:
    """A column's type in PostgreSQL's words."""
    if column.dimensions:
        return column.type_name + "[]" * (column.dimensions - 1)
    if not column.parameters:
        return column.type_name
    # `numeric(8,2)[]`, `character varying(20)`, `timestamp(3) with time zone`
    element = column.type_name.removesuffix("[]")
    word = element.partition(" ")[0] if element.startswith("time") else element
    declared = f"{word}({','.join(map(str, column.parameters))})"
    return column.type_name.replace(word, declared, 1)


def tables_of(views: Iterable[PlannedView]) -> set[str]:
    """The tables that some view reads; stopped views do not count."""
    return {table for view in views if not view.failure for table in view.needs}
