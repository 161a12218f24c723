"""What a view is to the rest of the system: a name, its SQL, its columns, its key, its sinks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class ViewDefinition:
    """`CREATE MATERIALIZED VIEW name AS sql`, as written: `sql` is the SELECT in PostgreSQL's
    dialect, `file` and `line` say where the SELECT starts (for error messages). `over`: the
    views of the project that it reads, and those they read, inner ones first."""

    name: str
    sql: str
    file: Path
    line: int
    over: tuple[ViewDefinition, ...] = ()

    @property
    def texts(self) -> tuple[tuple[str, str], ...]:
        """What decides whether two definitions are of one view: all SQL, with the names."""
        return (*((view.name, view.sql) for view in self.over), (self.name, self.sql))

    @property
    def alone(self) -> str:
        """One SELECT for PostgreSQL, which does not know the views it reads: they become queries
        of WITH. There too a bare name inside a view of that name means the table."""
        if not self.over:
            return self.sql
        named = ", ".join(f'"{view.name}" AS (\n{view.sql}\n)' for view in self.over)
        return f'WITH {named} SELECT * FROM (\n{self.sql}\n) AS "{self.name}"'


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
        """What decides whether two definitions are of one sink."""
        return self.name, self.view, self.connection, sorted(self.options.items())


@dataclass(frozen=True, slots=True)
class ViewColumn:
    """A column of a view's result: `type_name` in PostgreSQL's words (`bigint`, `numeric`,
    `double precision`, `text`, `boolean`, `date`, `timestamp with time zone`, `jsonb`, …)."""

    name: str
    type_name: str


@dataclass(frozen=True, slots=True)
class ViewSchema:
    """A view's result: its columns in order, and the names of those that make its key."""

    name: str
    columns: tuple[ViewColumn, ...]
    key: tuple[str, ...]
