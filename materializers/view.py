"""A view as the rest of the system knows it: name, SQL, columns, key; and its sinks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class ViewDefinition:
    """`CREATE MATERIALIZED VIEW name AS sql`. `sql`: the SELECT as written, in PostgreSQL's
    dialect. `file`, `line`: where it starts, for messages. `over`: the project's views that it
    reads, and those they read, inner ones first."""

    name: str
    sql: str
    file: Path
    line: int
    over: tuple[ViewDefinition, ...] = ()

    @property
    def texts(self) -> tuple[tuple[str, str], ...]:
        """Equal for two definitions of the same view: all SQL, with the names."""
        return (*((view.name, view.sql) for view in self.over), (self.name, self.sql))


@dataclass(frozen=True, slots=True)
class SinkDefinition:
    """`CREATE SINK name FROM view WITH (connection = …, …)`; `options` without `connection`."""

    name: str
    view: str
    connection: str
    options: Mapping[str, str]
    file: Path
    line: int

    @property
    def terms(self) -> tuple[object, ...]:
        """Equal for two definitions of the same sink."""
        return self.name, self.view, self.connection, sorted(self.options.items())


@dataclass(frozen=True, slots=True)
class ViewColumn:
    """A column of a view's result. `type_name`: PostgreSQL's (`bigint`, `numeric`, `double
    precision`, `text`, `boolean`, `date`, `timestamp with time zone`, `jsonb`, …)."""

    name: str
    type_name: str


@dataclass(frozen=True, slots=True)
class ViewSchema:
    """A view's result: its columns in order, and the names of the key columns."""

    name: str
    columns: tuple[ViewColumn, ...]
    key: tuple[str, ...]
