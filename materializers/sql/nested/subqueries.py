"""Nested SELECTs in the expressions of one SELECT -> joins below it.

EXISTS, IN and ANY become semi and anti joins where they are a condition of WHERE by themselves, and
mark joins elsewhere. Scalar subqueries become left joins (`scalar.py`). A SELECT that cannot be
decorrelated stays in its expression; then the outer SELECT is recomputed, and `reason` says why.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from sqlglot import exp

from materializers.errors import ViewError
from materializers.sql.conditions import is_of_row
from materializers.sql.expressions.translator import Hook, Translator
from materializers.sql.nested.membership import membership, predicate_of
from materializers.sql.nested.nested_select import NestedSelect
from materializers.sql.nested.outer_domain import FAILING, OuterDomain
from materializers.sql.nested.placeholder import placeholder_value
from materializers.sql.nested.scalar import Scalar
from materializers.sql.nested.subquery_join import AddJoin
from materializers.sql.nested.undecorrelated import Undecorrelated, reason_of
from materializers.sql.planned import Context, Queries
from materializers.sql.relations.relation import Relation
from materializers.sql.types.expression import Expression

T = TypeVar("T")


class Subqueries:
    """Collects the joins while expressions are translated by `extended(translate)`; `joined` adds
    them to the relation whose columns the expressions read."""

    def __init__(self, planner: Queries, context: Context) -> None:
        self.planner = planner
        self.context = context
        self.reason = ""
        self._joins: list[AddJoin] = []
        self._known: dict[str, Expression] = {}
        self._base: Relation | None = None

    def extended(self, translate: Translator) -> Translator:
        """A translator that also translates nested SELECTs."""
        inner: Hook | None = translate.hook
        outer = translate.with_hook(None)

        def hook(node: exp.Expr) -> Expression | None:
            value = placeholder_value(node) or self._answer(node, outer)
            return inner(node) if value is None and inner is not None else value

        outer.hook = hook
        return outer

    def joined(self, relation: Relation) -> Relation:
        """The relation with the joins collected since the last call."""
        joins, self._joins = self._joins, []
        self._base = relation
        for make in joins:
            relation = make(relation)
        return relation

    def filter(self, part: exp.Expr, translate: Translator) -> bool:
        """Turn a condition of WHERE into a semi or anti join; False where it must be translated."""
        if self.context.is_inline or is_of_row(part):
            return False
        return bool(
            self._attempt(lambda domain: self._filter(part, translate, domain), part, translate)
        )

    def _filter(self, part: exp.Expr, translate: Translator, domain: OuterDomain | None) -> bool:
        predicate = membership(part, self.planner, self.context, translate, domain)
        make = predicate.filter() if predicate is not None else None
        if make is not None:
            self._joins.append(make)
        return make is not None

    def _answer(self, node: exp.Expr, translate: Translator) -> Expression | None:
        if self.context.is_inline:
            return None
        if not isinstance(node, exp.Subquery) and predicate_of(node) is None:
            return None
        if is_of_row(node):
            return None
        text = node.sql()
        if text not in self._known:
            result = self._attempt(
                lambda domain: self._translated(node, translate, domain), node, translate
            )
            if result is None:
                return None
            self._known[text] = result
        return self._known[text]

    def _translated(
        self, node: exp.Expr, translate: Translator, domain: OuterDomain | None
    ) -> Expression | None:
        if isinstance(node, exp.Subquery):
            nested = NestedSelect(self.planner, node, self.context, domain)
            return Scalar(self.planner, nested, translate).value(self._joins.append)
        predicate = membership(node, self.planner, self.context, translate, domain)
        return predicate.value(self._joins.append) if predicate is not None else None

    def _attempt(
        self, make: Callable[[OuterDomain | None], T], node: exp.Expr, translate: Translator
    ) -> T | None:
        """The result of `make` without a domain, else with one; None where the SELECT cannot be
        decorrelated. A failed attempt adds no joins."""
        start = len(self._joins)
        try:
            return make(None)
        except (Undecorrelated, ViewError) as error:
            del self._joins[start:]
            first = error
        try:
            domain = self._domain(node, translate)
            if domain is None:
                raise first
            result = make(domain)
            self._joins[start:] = [self._filled(each, domain) for each in self._joins[start:]]
            return result
        except (Undecorrelated, ViewError) as error:
            del self._joins[start:]
            self.reason = reason_of(error)
        return None

    def _filled(self, make: AddJoin, domain: OuterDomain) -> AddJoin:
        return lambda left: domain.filled(make(left), left, self._base)

    def _domain(self, node: exp.Expr, translate: Translator) -> OuterDomain | None:
        test = predicate_of(node)
        query = node if test is None else test.query
        if not isinstance(query, exp.Query):
            return None
        if _may_be_passed_over(node) and query.find(*FAILING) is not None:
            raise Undecorrelated("CASE or coalesce() may skip it, and it may raise an error")
        return OuterDomain.of(self.planner, query, self.context, translate)


def _may_be_passed_over(node: exp.Expr) -> bool:
    """Whether the expression that contains the nested SELECT may leave it unevaluated."""
    parent = node.parent
    while parent is not None and not isinstance(parent, (exp.Query, exp.Where, exp.Having)):
        if not isinstance(parent, (exp.Paren, exp.Alias, exp.Binary, exp.Not, exp.Cast)):
            return True
        if isinstance(parent, exp.Connector) and not _is_conjunct(parent):
            return True
        parent = parent.parent
    return False


def _is_conjunct(node: exp.Expr) -> bool:
    """Whether it is one of the conditions of WHERE that AND ties together."""
    parent: exp.Expr | None = node
    while isinstance(parent, (exp.And, exp.Paren)):
        parent = parent.parent
    return isinstance(parent, exp.Where)
