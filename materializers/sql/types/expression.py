"""Bound expressions: trees of typed nodes.

A node has PostgreSQL's meaning, independent of engines, which render or compile it. Each node knows
its type and whether it can be NULL.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from materializers.sql.types.array_shape import canonical_array
from materializers.sql.types.constant_text import check_constant
from materializers.sql.types.sql_type import (
    BOOLEAN,
    INTERVAL_TEXT,
    UNKNOWN,
    WIDE,
    Outgrown,
    SqlType,
)


class Expression:
    """The base class of nodes."""

    type: SqlType
    nullable: bool

    @property
    def literal(self) -> str | None:
        """The text of a bare string literal, whose type (`unknown`) depends on its context; else
        None."""
        return None

    @property
    def children(self) -> tuple[Expression, ...]:
        """The nodes directly below it."""
        return ()

    def walk(self) -> Iterator[Expression]:
        """This node and all nodes below it."""
        waiting: list[Expression] = [self]
        while waiting:
            node = waiting.pop()
            yield node
            waiting += node.children

    @property
    def columns(self) -> frozenset[str]:
        """The plan's names of the columns that it reads."""
        return frozenset().union(*(node.own_columns for node in self.walk()))

    @property
    def own_columns(self) -> frozenset[str]:
        """The columns that it reads itself, without its children's."""
        return frozenset()

    def with_children(self, change: Callable[[Expression], Expression]) -> Expression:
        """The node with each child replaced by `change(child)`."""
        return self

    def renamed(self, names: Mapping[str, str]) -> Expression:
        """The expression with renamed columns."""
        return self.with_children(lambda child: child.renamed(names))

    def cast(self, kind: SqlType) -> Expression:
        """The same value stored as another type; itself where it has that type. Raises InvalidInput
        for a constant that is no value of the type."""
        if self.type == kind:
            return self
        if self.literal is not None:
            if kind.dimensions and kind.element is not None:
                return Constant(canonical_array(self.literal, kind.element.name), kind)
            check_constant(self.literal, kind)
            return Constant(self.literal, kind)
        if kind.is_wide and self.type.name == "numeric" and not self.type.has_display_scale:
            raise Outgrown
        return Cast(self, kind)


@dataclass(frozen=True)
class ColumnRef(Expression):
    """A column of the input, by its name in the plan."""

    column: str
    type: SqlType
    nullable: bool = True

    @property
    def own_columns(self) -> frozenset[str]:
        return frozenset((self.column,))

    def renamed(self, names: Mapping[str, str]) -> Expression:
        return replace(self, column=names.get(self.column, self.column))


@dataclass(frozen=True)
class Constant(Expression):
    """A constant, as PostgreSQL's input text; None for NULL."""

    text: str | None
    type: SqlType = UNKNOWN

    def __post_init__(self) -> None:
        object.__setattr__(self, "nullable", self.text is None)

    @property
    def literal(self) -> str | None:
        return self.text if self.type == UNKNOWN else None


@dataclass(frozen=True)
class Apply(Expression):
    """A function or operator over arguments. `options`: constant arguments that decide its meaning
    (a unit, a pattern's flags)."""

    name: str
    arguments: tuple[Expression, ...]
    type: SqlType
    nullable: bool = True
    options: tuple[str | int, ...] = ()

    @property
    def children(self) -> tuple[Expression, ...]:
        return self.arguments

    def with_children(self, change: Callable[[Expression], Expression]) -> Expression:
        return replace(self, arguments=tuple(map(change, self.arguments)))


@dataclass(frozen=True)
class Cast(Expression):
    """The same value stored as another type. A conversion that changes the value is an Apply."""

    value: Expression
    type: SqlType

    def __post_init__(self) -> None:
        object.__setattr__(self, "nullable", self.value.nullable)

    @property
    def children(self) -> tuple[Expression, ...]:
        return (self.value,)

    def with_children(self, change: Callable[[Expression], Expression]) -> Expression:
        return replace(self, value=change(self.value))


@dataclass(frozen=True)
class Case(Expression):
    """The result of the first test that is true, else `default`; all of one type."""

    tests: tuple[Expression, ...]
    results: tuple[Expression, ...]
    default: Expression

    def __post_init__(self) -> None:
        answers = (*self.results, self.default)
        object.__setattr__(self, "type", self.default.type)
        object.__setattr__(self, "nullable", any(each.nullable for each in answers))

    @property
    def children(self) -> tuple[Expression, ...]:
        return (*self.tests, *self.results, self.default)

    def with_children(self, change: Callable[[Expression], Expression]) -> Expression:
        return replace(
            self,
            tests=tuple(map(change, self.tests)),
            results=tuple(map(change, self.results)),
            default=change(self.default),
        )


@dataclass(frozen=True)
class Parameter(Expression):
    """The parameter of a `Lambda`."""

    name: str
    type: SqlType
    nullable: bool = True


@dataclass(frozen=True)
class Lambda(Expression):
    """A function of an array's element, as an argument of a function that applies it to each."""

    parameter: Parameter
    body: Expression

    def __post_init__(self) -> None:
        object.__setattr__(self, "type", self.body.type)
        object.__setattr__(self, "nullable", self.body.nullable)

    @property
    def children(self) -> tuple[Expression, ...]:
        return (self.body,)

    def with_children(self, change: Callable[[Expression], Expression]) -> Expression:
        return replace(self, body=change(self.body))


def boolean(
    name: str,
    *arguments: Expression,
    options: tuple[str | int, ...] = (),
    never_null: bool = False,
) -> Expression:
    """A condition that is NULL only where an argument is, and not even there if `never_null`."""
    nullable = not never_null and any(each.nullable for each in arguments)
    return Apply(name, arguments, BOOLEAN, nullable, options)


def all_of(tests: Iterable[Expression]) -> Expression | None:
    """The conjunction of the tests; None where there is none."""
    listed = tuple(tests)
    return boolean("and", *listed) if len(listed) > 1 else next(iter(listed), None)


def nullable_as(value: Expression, nullable: bool) -> Expression:
    """The same value, declared nullable or not."""
    if value.nullable is nullable:
        return value
    return Apply("same", (value,), value.type, nullable)


def stored(value: Expression) -> Expression:
    """A value as rows store it: an interval is the envelope's text, because DuckDB considers 30
    days and a month equal and would lose a change from one to the other."""
    is_interval = value.type.name == "interval" and not value.type.is_stored_as_text
    return value.cast(INTERVAL_TEXT) if is_interval else value


def widened(value: Expression) -> Expression:
    """A numeric as a wide numeric; another value as it is."""
    if value.type.name != "numeric" or value.type.is_wide:
        return value
    return Constant(value.text, WIDE) if isinstance(value, Constant) else value.cast(WIDE)


def quote(name: str) -> str:
    """A name as a quoted identifier."""
    return '"' + name.replace('"', '""') + '"'


def text_literal(text: str) -> str:
    """A text as a string literal."""
    return "'" + text.replace("'", "''") + "'"
