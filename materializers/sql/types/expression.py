"""What an expression is once it is bound: a tree of typed nodes.

A node says what is meant, in PostgreSQL's words; `render` says it in the engine's. Each node
knows its type and whether it can be NULL.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from materializers.sql.types.array_shape import canonical_array
from materializers.sql.types.constant_text import check_constant
from materializers.sql.types.outgrown import Outgrown
from materializers.sql.types.sql_type import BOOLEAN, INTERVAL_TEXT, UNKNOWN, WIDE, SqlType


class Expression:
    """A node. `render.words.words` says it in the engine's language."""

    type: SqlType
    nullable: bool

    @property
    def literal(self) -> str | None:
        """The text of a bare string literal (type `unknown`), which takes the type of what it
        meets."""
        return None

    @property
    def children(self) -> tuple[Expression, ...]:
        """The nodes that this one is made of."""
        return ()

    def walk(self) -> Iterator[Expression]:
        """This node and all below it."""
        waiting: list[Expression] = [self]
        while waiting:
            node = waiting.pop()
            yield node
            waiting += node.children

    @property
    def columns(self) -> frozenset[str]:
        """The plan's names of the columns it reads."""
        return frozenset().union(*(node.own_columns for node in self.walk()))

    @property
    def own_columns(self) -> frozenset[str]:
        """Those that it reads beside its children."""
        return frozenset()

    def with_children(self, change: Callable[[Expression], Expression]) -> Expression:
        """The same node over changed children."""
        return self

    def renamed(self, names: Mapping[str, str]) -> Expression:
        """The same over columns of other names."""
        return self.with_children(lambda child: child.renamed(names))

    def cast(self, kind: SqlType) -> Expression:
        """The same value in another type's storage; nothing changes where it is already that.
        Raises InvalidInput for a constant that the type cannot read."""
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
    """A column of the input by its name in the plan."""

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
    """A value by the text that PostgreSQL reads it from; None for NULL."""

    text: str | None
    type: SqlType = UNKNOWN

    def __post_init__(self) -> None:
        object.__setattr__(self, "nullable", self.text is None)

    @property
    def literal(self) -> str | None:
        return self.text if self.type == UNKNOWN else None


@dataclass(frozen=True)
class Apply(Expression):
    """A function or operator of this name over arguments. `options`: what of its meaning was
    settled by constants (a unit, a pattern's flags)."""

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
    """The same value as another type keeps it; what changes a value is a function."""

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
    """The result of the first test that holds, else `default`; all of one type."""

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
    """What a `Lambda` is called with."""

    name: str
    type: SqlType
    nullable: bool = True


@dataclass(frozen=True)
class Lambda(Expression):
    """A function of an array's element, as an argument of what applies it to each."""

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
    """Whether all of them hold; None where there is none."""
    listed = tuple(tests)
    return boolean("and", *listed) if len(listed) > 1 else next(iter(listed), None)


def nullable_as(value: Expression, nullable: bool) -> Expression:
    """The same value, of which more or less is known."""
    if value.nullable is nullable:
        return value
    return Apply("same", (value,), value.type, nullable)


def stored(value: Expression) -> Expression:
    """A value as a row keeps it: an interval as the text of the envelope, since DuckDB takes
    30 days and a month for one value and would drop a change from one to the other."""
    is_interval = value.type.name == "interval" and not value.type.is_kept_as_text
    return value.cast(INTERVAL_TEXT) if is_interval else value


def widened(value: Expression) -> Expression:
    """A numeric as a wide one, any other value as it is."""
    if value.type.name != "numeric" or value.type.is_wide:
        return value
    return Constant(value.text, WIDE) if isinstance(value, Constant) else value.cast(WIDE)


def quote(name: str) -> str:
    """A name as a quoted identifier."""
    return '"' + name.replace('"', '""') + '"'


def text_literal(text: str) -> str:
    """A text as a string literal."""
    return "'" + text.replace("'", "''") + "'"
