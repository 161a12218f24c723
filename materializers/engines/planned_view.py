"""A view that an engine has planned: what is known of it whatever keeps it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass

from cdc.contract.schemas import Column, TableSchema
from cdc.position import Lsn
from materializers.engines.stored_view import StoredView
from materializers.sql.types.captured import is_kept_as
from materializers.view import ViewDefinition, ViewSchema

_BOUNDED = ("character varying", "character")


@dataclass(slots=True)
class PlannedView(ABC):
    """`EngineView`, and what becomes of it where the source's tables change. `failure`: why it
    stopped, None while it is kept."""

    stored: StoredView

    def is_of(self, definition: ViewDefinition, key: tuple[str, ...] | None) -> bool:
        """Whether that is the SQL it is kept by, the views it reads included, and the key that
        its sinks give."""
        return self.stored.definition.texts == definition.texts and self.stored.key == key

    @property
    @abstractmethod
    def schema(self) -> ViewSchema:
        """Its columns and its key."""

    @property
    @abstractmethod
    def needs(self) -> Mapping[str, frozenset[str]]:
        """Table -> the columns of it that must be stored."""

    @property
    def generation(self) -> int:
        return self.stored.generation

    @property
    def failure(self) -> str | None:
        return self.stored.failure

    @property
    def is_outdated(self) -> bool:
        """Whether it stopped and the source's tables have changed: planned anew, it may go on."""
        return self.failure is not None and self.stored.is_outdated

    @property
    def is_built(self) -> bool:
        return self.stored.is_built

    @property
    def rows(self) -> int:
        return self.stored.rows

    @property
    def is_kept(self) -> bool:
        """Whether batches move it: built, and not stopped."""
        return self.is_built and self.failure is None

    @property
    def name(self) -> str:
        """Its label: the view's name but for a build beside the live one."""
        return self.stored.label

    def lost(self, gone: Set[str], lsn: Lsn) -> str | None:
        """Which of its tables went away by that position; None where all are there."""
        for table in sorted(gone & self.needs.keys()):
            return (
                f"view {self.schema.name}: table {table} was dropped, renamed or is captured no"
                f" longer since {lsn}; once it is there again, the view is built anew"
            )
        return None

    def broken_by(self, schemas: Mapping[str, TableSchema]) -> str | None:
        """What the source's present tables no longer give it; None where all is as planned."""
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
                if not is_kept_as(old, here[name]):
                    return (
                        f"{where} changed from {_type(old)} to {_type(here[name])} at {present.lsn}"
                    )
        return None

    def nullable_now(self, schemas: Mapping[str, TableSchema]) -> list[str]:
        """The columns it reads that it was planned to find no NULL in, and that may hold one."""
        found = []
        for table, columns in self.needs.items():
            planned = {c.name: c for c in self.stored.schemas[table].columns}
            present = schemas[table].columns if table in schemas else ()
            for column in present:
                is_read = column.name in columns and column.name not in schemas[table].key
                if is_read and column.nullable and not planned[column.name].nullable:
                    found.append(f"{table}.{column.name}")
        return found

    def compared_otherwise(self, schemas: Mapping[str, TableSchema]) -> list[str]:
        """The columns it reads whose values stay as they are, but are equal or sorted otherwise: an
        enum has another label, a text another collation."""
        found = []
        for table, columns in self.needs.items():
            planned = {c.name: c for c in self.stored.schemas[table].columns}
            for column in schemas[table].columns if table in schemas else ():
                before = planned.get(column.name)
                if column.name in columns and before is not None:
                    if _comparison(before) != _comparison(column):
                        found.append(f"{table}.{column.name}")
        return found


def _comparison(column: Column) -> tuple[tuple[str, ...], str]:
    return column.labels, column.collation


def _type(column: Column) -> str:
    """A column's type in PostgreSQL's words."""
    if column.dimensions:
        return column.type_name + "[]" * (column.dimensions - 1)
    if column.typmod < 0:
        return column.type_name
    bound = column.typmod - 4
    if column.type_name == "numeric":
        return f"numeric({bound >> 16},{bound & 0x7FF})"
    return f"{column.type_name}({bound})" if column.type_name in _BOUNDED else column.type_name


def tables_of(views: Iterable[PlannedView]) -> set[str]:
    """The tables that some view reads, stopped views left out."""
    return {table for view in views if not view.failure for table in view.needs}
