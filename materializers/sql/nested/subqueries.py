"""Nested SELECTs in the expressions of one SELECT, as joins below it.

EXISTS, IN and ANY that stand alone in WHERE become semi and anti joins; anywhere else they become
a mark join and an expression over its mark. Scalar subqueries become left joins (`scalar.py`).
What cannot be taken off the query around it is left to the translator, which works it out in place;
then the whole SELECT is recomputed, and `reason` says why.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from sqlglot import exp

from materializers.errors import ViewError
from materializers.sql.conditions import is_of_row
from materializers.sql.expressions.translator import Hook, Translator
from materializers.sql.nested.known import known_value
from materializers.sql.nested.membership import membership, test_of
from materializers.sql.nested.nested_select import NestedSelect
from materializers.sql.nested.outer_domain import FAILING, OuterDomain
from materializers.sql.nested.scalar import Scalar
from materializers.sql.nested.subquery_join import Make
from materializers.sql.nested.undecorrelated import Undecorrelated, reason_of
from materializers.sql.planned import Context, Queries
from materializers.sql.relations.relation import Relation
from materializers.sql.types.expression import Expression

T = TypeVar("T")


class Subqueries:
    """Collects the joins while expressions are translated by `around(translate)`; `joined` puts
    them onto the relation whose columns the expressions read."""

    def __init__(self, planner: Queries, context: Context) -> None:
        self.planner = planner
        self.context = context
        self.reason = ""
        self._joins: list[Make] = []
        self._known: dict[str, Expression] = {}

    def around(self, translate: Translator) -> Translator:
        """A translator that answers for nested SELECTs before everything else."""
        inner: Hook | None = translate.hook
        outer = translate.with_hook(None)

        def hook(node: exp.Expr) -> Expression | None:
            found = known_value(node) or self._answer(node, outer)
            return inner(node) if found is None and inner is not None else found

        outer.hook = hook
        return outer

    def joined(self, relation: Relation) -> Relation:
        """The relation with the joins collected since the last call."""
        joins, self._joins = self._joins, []
        for make in joins:
            relation = make(relation)
        return relation

    def filter(self, part: exp.Expr, translate: Translator) -> bool:
        """Take a condition of WHERE as a semi or anti join; False where it must be translated."""
        if self.context.is_inline or is_of_row(part):
            return False
        return bool(
            self._attempt(lambda domain: self._filter(part, translate, domain), part, translate)
        )

    def _filter(self, part: exp.Expr, translate: Translator, domain: OuterDomain | None) -> bool:
        found = membership(part, self.planner, self.context, translate, domain)
        make = found.filter() if found is not None else None
        if make is not None:
            self._joins.append(make)
        return make is not None

    def _answer(self, node: exp.Expr, translate: Translator) -> Expression | None:
        if self.context.is_inline:
            return None
        if not isinstance(node, exp.Subquery) and test_of(node) is None:
            return None
        if is_of_row(node):
            return None
        text = node.sql()
        if text not in self._known:
            found = self._attempt(
                lambda domain: self._translated(node, translate, domain), node, translate
            )
            if found is None:
                return None
            self._known[text] = found
        return self._known[text]

    def _translated(
        self, node: exp.Expr, translate: Translator, domain: OuterDomain | None
    ) -> Expression | None:
        if isinstance(node, exp.Subquery):
            nested = NestedSelect(self.planner, node, self.context, domain)
            return Scalar(self.planner, nested, translate).value(self._joins.append)
        found = membership(node, self.planner, self.context, translate, domain)
        return found.value(self._joins.append) if found is not None else None

    def _attempt(
        self, make: Callable[[OuterDomain | None], T], node: exp.Expr, translate: Translator
    ) -> T | None:
        """What `make` gives, with the values around that the nested SELECT joins where it takes
        that; else None. Without the joins of an attempt that came to nothing."""
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
            found = make(domain)
            self._joins[start:] = [_filled(each, domain) for each in self._joins[start:]]
            return found
        except (Undecorrelated, ViewError) as error:
            del self._joins[start:]
            self.reason = reason_of(error)
        return None

    def _domain(self, node: exp.Expr, translate: Translator) -> OuterDomain | None:
        test = test_of(node)
        query = node if test is None else test.query
        if not isinstance(query, exp.Query):
            return None
        if _may_be_passed_over(node) and query.find(*FAILING) is not None:
            raise Undecorrelated("CASE or coalesce() may keep an error of it from being met")
        return OuterDomain.of(self.planner, query, self.context, translate)


def _filled(make: Make, domain: OuterDomain) -> Make:
    return lambda left: domain.filled(make(left), left)


def _may_be_passed_over(node: exp.Expr) -> bool:
    """Whether what stands around the nested SELECT may leave it unevaluated."""
    around = node.parent
    while around is not None and not isinstance(around, (exp.Query, exp.Where, exp.Having)):
        if not isinstance(around, (exp.Paren, exp.Alias, exp.Binary, exp.Not, exp.Cast)):
            return True
        if isinstance(around, exp.Connector) and not _is_conjunct(around):
            return True
        around = around.parent
    return False


def _is_conjunct(node: exp.Expr) -> bool:
    """Whether WHERE demands it: only AND stands between."""
    around: exp.Expr | None = node
    while isinstance(around, (exp.And, exp.Paren)):
        around = around.parent
    return isinstance(around, exp.Where)
