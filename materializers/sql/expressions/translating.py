"""What a rule for one kind of expression needs of the translator that calls it."""

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
"""The common type of two types; None where there is none."""


class Translating(Protocol):
    """The translator as its rules see it; tests of rules have a simpler one."""

    @property
    def scope(self) -> Scope:
        """The scope in which names are resolved."""

    def __call__(self, node: exp.Expr) -> Expression:
        """Translate a node."""

    def fail(self, message: str, node: exp.Expr, *, fix: str = "") -> ViewError:
        """A ViewError that points at a node."""

    def boolean(self, node: exp.Expr, where: str) -> Expression:
        """Translate a node; raises ViewError unless it is boolean. `where`: the clause."""

    def unify(
        self, values: list[Expression], node: exp.Expr, what: str, into: Merge = common
    ) -> tuple[SqlType, list[Expression]]:
        """The common type of some values, and the values converted to it. `what`: the clause, for
        the error where there is none."""

    def call(self, name: str, arguments: list[exp.Expr], node: exp.Expr) -> Expression:
        """A call of a scalar function."""

    def subquery(self, node: exp.Expr, scope: Scope, /) -> Relation:
        """Plan a nested SELECT."""
