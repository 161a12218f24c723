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
from materializers.sql.nested.membership import Membership, membership, test_of
from materializers.sql.nested.nested_select import NestedSelect, known_value
from materializers.sql.nested.scalar import Scalar
from materializers.sql.nested.subquery_join import Make
from materializers.sql.nested.undecorrelated import Undecorrelated
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
        found = self._attempt(lambda: self._filter(part, translate))
        return bool(found)

    def _filter(self, part: exp.Expr, translate: Translator) -> bool:
        found = self._membership(part, translate)
        if found is None:
            return False
        make = found.filter()
        if make is not None:
            self._joins.append(make)
        return make is not None

    def _membership(self, part: exp.Expr, translate: Translator) -> Membership | None:
        return membership(part, self.planner, self.context, translate)

    def _answer(self, node: exp.Expr, translate: Translator) -> Expression | None:
        if self.context.is_inline:
            return None
        if not isinstance(node, exp.Subquery) and test_of(node) is None:
            return None
        if is_of_row(node):
            return None
        text = node.sql()
        if text not in self._known:
            found = self._attempt(lambda: self._translated(node, translate))
            if found is None:
                return None
            self._known[text] = found
        return self._known[text]

    def _translated(self, node: exp.Expr, translate: Translator) -> Expression | None:
        if isinstance(node, exp.Subquery):
            nested = NestedSelect(self.planner, node, self.context)
            return Scalar(self.planner, nested, translate).value(self._joins.append)
        found = self._membership(node, translate)
        return found.value(self._joins.append) if found is not None else None

    def _attempt(self, make: Callable[[], T]) -> T | None:
        """Without the joins of an attempt that came to nothing."""
        start = len(self._joins)
        try:
            return make()
        except Undecorrelated as error:
            self.reason = str(error)
        except ViewError as error:
            self.reason = error.message
        del self._joins[start:]
        return None
