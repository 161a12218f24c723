"""A function call being bound, and the signature of functions that bind one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from materializers.errors import ViewError
from materializers.sql.types.expression import Apply, Expression
from materializers.sql.types.sql_type import TEXT, SqlType

ARGUMENTS_MAX = 100
"""PostgreSQL's limit (manual, "Limits")."""


@dataclass(frozen=True, slots=True)
class Call:
    """A call with its arguments bound. `named`: those written `name => value`. `fail`: makes a
    ViewError that points at the call."""

    name: str
    arguments: tuple[Expression, ...]
    fail: Callable[[str], ViewError]
    named: Mapping[str, Expression] = field(default_factory=dict)

    @property
    def nullable(self) -> bool:
        return any(argument.nullable for argument in self.arguments)

    def expect(self, low: int, high: int | None = None) -> None:
        """Raise ViewError unless there are `low` to `high` arguments (None: exactly `low`)."""
        if not low <= len(self.arguments) <= (low if high is None else high):
            raise self.fail(f"{self.name}() does not take {len(self.arguments)} arguments")

    def as_text(self, index: int) -> Expression:
        """An argument as text; raises ViewError where it is none."""
        argument = self.arguments[index]
        if not (argument.type.is_text or argument.type.name == "unknown"):
            raise self.fail(f"{self.name}() takes text, not {argument.type.name}")
        return argument.cast(TEXT)

    def apply(
        self, kind: SqlType, *arguments: Expression, options: tuple[str | int, ...] = ()
    ) -> Expression:
        """The node for this function over `arguments`; nullable where a written argument is."""
        return Apply(self.name, arguments, kind, self.nullable, options)


Function = Callable[[Call], Expression]
Functions = Mapping[str, Function]
