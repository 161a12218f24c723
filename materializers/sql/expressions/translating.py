"""What a rule for one kind of expression asks of the translator that runs it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from sqlglot import exp

from materializers.errors import ViewError
from materializers.sql.relations.relation import Relation
from materializers.sql.scope import Scope
from materializers.sql.types.expression import Expression
from materializers.sql.types.sql_type import SqlType, common

Merge = Callable[[SqlType, SqlType], SqlType | None]
"""The one type of two, None where there is none."""


class Translating(Protocol):
    """The translator as its rules see it."""

    @property
    def scope(self) -> Scope:
        """What names mean."""

    def __call__(self, node: exp.Expr) -> Expression:
        """Translate a node."""

    def fail(self, message: str, node: exp.Expr, *, fix: str = "") -> ViewError:
        """An error that points at a node."""

    def boolean(self, node: exp.Expr, where: str) -> Expression:
        """Translate a node that must be a condition."""

    def unify(
        self, values: list[Expression], node: exp.Expr, what: str, into: Merge = common
    ) -> tuple[SqlType, list[Expression]]:
        """Values in the one type they share."""

    def call(self, name: str, arguments: list[exp.Expr], node: exp.Expr) -> Expression:
        """A scalar function by its PostgreSQL name."""

    def subquery(self, node: exp.Expr, scope: Scope, /) -> Relation:
        """Plan a nested SELECT."""
