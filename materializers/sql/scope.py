"""The names that a SELECT can refer to: its entries of FROM, then those of the outer query."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace

from sqlglot import exp

from materializers.errors import ViewError
from materializers.sql.types.expression import ColumnRef
from materializers.sql.types.sql_type import SqlType

Fail = Callable[[str, exp.Expr], ViewError]


def column_names(alias: str, names: Iterable[str]) -> list[str]:
    """The plan's names of an entry's columns. DuckDB's names ignore case, so columns that are equal
    without regard to case get a number."""
    made: dict[str, str] = {}
    for name in names:
        unlike, count = name, 1
        while unlike.lower() in made:
            unlike, count = f"{name}~{count}", count + 1
        made[unlike.lower()] = f"{alias}.{unlike}"
    return list(made.values())


@dataclass(frozen=True, slots=True)
class Field:
    """A column that SQL may name. `name`: in the SQL; `column`: in the plan, where it is unique."""

    name: str
    column: str
    type: SqlType
    nullable: bool

    def as_expression(self) -> ColumnRef:
        return ColumnRef(self.column, self.type, self.nullable)


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of FROM. `key`: the plan's names of its primary key's columns, empty where no key is
    known; `fields` in order. `is_scalar`: its name alone means its one column."""

    alias: str
    fields: tuple[Field, ...]
    key: tuple[str, ...] = ()
    is_scalar: bool = False

    def as_nullable(self) -> Entry:
        """The entry on an outer join's nullable side."""
        fields = tuple(Field(f.name, f.column, f.type, True) for f in self.fields)
        return replace(self, fields=fields)


@dataclass(slots=True)
class Scope:
    """`columns`: the columns that an unqualified name can mean, in the order of `*`, those that
    USING merges once; `outer`: the outer query's scope."""

    entries: list[Entry] = field(default_factory=list)
    columns: list[Field] = field(default_factory=list)
    outer: Scope | None = None

    def fields(self) -> Iterator[Field]:
        """All columns, those of the entries and those that USING merged."""
        yield from self.columns
        for entry in self.entries:
            yield from entry.fields

    def written(self, table: str = "") -> list[exp.Expr]:
        """`*` or `table.*` as a list of columns."""
        if table:
            named = [r for r in self.entries if r.alias == table]
            return [exp.column(f.name, table, quoted=True) for r in named for f in r.fields]
        owner = {f.column: r.alias for r in self.entries for f in r.fields}
        names = [f.name for f in self.columns]
        owners = [owner.get(f.column) if names.count(f.name) > 1 else None for f in self.columns]
        return [exp.column(n, o, quoted=True) for n, o in zip(names, owners, strict=True)]

    def entry(self, alias: str) -> Entry | None:
        own = next((r for r in self.entries if r.alias == alias), None)
        return own or (self.outer.entry(alias) if self.outer else None)

    def has_column(self, name: str) -> bool:
        """Whether an unqualified name is a column's, in this scope or an outer one."""
        here = any(f.name == name for f in self.columns)
        return here or (self.outer is not None and self.outer.has_column(name))

    def resolve(self, node: exp.Column, fail: Fail) -> Field:
        """The field that a column name means; raises ViewError (by `fail`) if it means none or
        several."""
        if node.table:
            return self._qualified(node, fail)
        fields = [f for f in self.columns if f.name == node.name]
        if len(fields) > 1:
            raise fail(f'column "{node.name}" is ambiguous', node)
        if fields:
            return fields[0]
        if self.outer is not None:
            return self.outer.resolve(node, fail)
        raise _absent(f'column "{node.name}" does not exist{self._hint(node.name)}', node, fail)

    def _qualified(self, node: exp.Column, fail: Fail) -> Field:
        entry = self.entry(node.table)
        if entry is None:
            raise fail(f'there is no "{node.table}" in FROM', node)
        named = [f for f in entry.fields if f.name == node.name]
        if len(named) > 1:
            raise fail(f'column "{node.table}.{node.name}" is ambiguous', node)
        if not named:
            message = f'column "{node.table}.{node.name}" does not exist'
            hint = _similar(node.name, [f.name for f in entry.fields])
            raise _absent(message + hint, node, fail)
        return named[0]

    def _hint(self, name: str) -> str:
        return _similar(name, [f.name for f in self.fields()])


def _absent(message: str, node: exp.Column, fail: Fail) -> ViewError:
    error = fail(message, node)
    error.fix = "name a captured column; a generated one is captured where the publication sends it"
    return error


def _similar(name: str, names: list[str]) -> str:
    close = difflib.get_close_matches(name, names, 1)
    return f' (did you mean "{close[0]}"?)' if close else ""
