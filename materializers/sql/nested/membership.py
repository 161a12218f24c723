"""EXISTS, IN, and comparisons with ANY or ALL of a nested SELECT, as joins.

`x NOT IN (…)` and `x op ALL (…)` are the negations of `x IN (…)` and `x (not op) ANY (…)`. Beside
true and false there is NULL: no row matches, but one compared to NULL (manual, "Subquery
Expressions"). A row of the query around is kept by a condition only where it is true, so that
a semi join does not need to tell false from NULL, but an anti join does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from sqlglot import exp

from materializers.sql.aggregates.written_call import WrittenCall
from materializers.sql.expressions.comparisons import row_members
from materializers.sql.expressions.translator import Translator
from materializers.sql.nested.nested_select import NestedSelect, Untied, inner_context
from materializers.sql.nested.outer_domain import OuterDomain
from materializers.sql.nested.subquery_join import Link, Make, distinct_right
from materializers.sql.nested.undecorrelated import Undecorrelated
from materializers.sql.planned import Context, Queries
from materializers.sql.relations.group_by import GroupBy
from materializers.sql.relations.join import Join
from materializers.sql.relations.map import Map
from materializers.sql.relations.relation import Relation
from materializers.sql.relations.same import Consolidate
from materializers.sql.relations.semi_join import MarkJoin, SemiJoin
from materializers.sql.types.expression import (
    Case,
    ColumnRef,
    Constant,
    Expression,
    all_of,
    boolean,
)
from materializers.sql.types.sql_type import BIGINT, BOOLEAN, INTEGER

_NEGATED: dict[type[exp.Expr], type[exp.Expr]] = {
    exp.EQ: exp.NEQ,
    exp.NEQ: exp.EQ,
    exp.LT: exp.GTE,
    exp.LTE: exp.GT,
    exp.GT: exp.LTE,
    exp.GTE: exp.LT,
}


@dataclass(frozen=True, slots=True)
class Test:
    """`left sign ANY (query)`, or EXISTS where `left` is empty; `is_negated`: NOT of that."""

    left: tuple[exp.Expr, ...]
    sign: type[exp.Expr]
    query: exp.Expr
    is_negated: bool


def test_of(node: exp.Expr) -> Test | None:
    """What a condition tests; None where it is another one."""
    if isinstance(node, exp.Paren):
        return test_of(node.this)
    if isinstance(node, exp.Not):
        found = test_of(node.this)
        return found and Test(found.left, found.sign, found.query, not found.is_negated)
    if isinstance(node, exp.Exists):
        return Test((), exp.EQ, node.this, False)
    if isinstance(node, exp.In) and node.args.get("query") is not None:
        return Test(_members(node.this), exp.EQ, node.args["query"], False)
    if type(node) in _NEGATED and isinstance(node.expression, (exp.Any, exp.All)):
        query = node.expression.this
        if isinstance(query, exp.Query):
            is_all = isinstance(node.expression, exp.All)
            sign = _NEGATED[type(node)] if is_all else type(node)
            return Test(_members(node.this), sign, query, is_all)
    return None


def _members(node: exp.Expr) -> tuple[exp.Expr, ...]:
    return tuple(row_members(node) or [node])


class Membership:
    """One such test, planned."""

    def __init__(
        self, test: Test, nested: NestedSelect, planner: Queries, translate: Translator
    ) -> None:
        self.test = test
        self.planner = planner
        self.translate = translate
        self.untied = _untied(test, nested)
        self.link = Link.of(translate, self.untied)
        self.ties = list(self.link.sides), list(self.link.tests)
        if len(test.left) != len(self.untied.values):
            raise Undecorrelated("subquery has another number of columns")
        if len(test.left) > 1 and test.sign is not exp.EQ:
            raise Undecorrelated("rows are compared with = only")
        pairs = zip(test.left, self.untied.values, strict=True)
        self.compared = [self.link.compare(test.sign, a, b) for a, b in pairs]

    @property
    def is_nullable(self) -> bool:
        return any(c.nullable for c in self.compared)

    @property
    def is_tied(self) -> bool:
        return bool(self.link.tests)

    def filter(self) -> Make | None:
        """The test as a join that keeps rows; None where it takes more than one."""
        is_anti = self.test.is_negated
        if not self.is_tied or (is_anti and self.is_nullable):
            return None

        def make(left: Relation) -> Relation:
            equalities = self.link.equalities(left)
            right = self._right(left)
            return SemiJoin(left, right, self.link.condition, equalities, is_anti)

        return make

    def _right(self, left: Relation) -> Relation:
        right = self.untied.planned.relation
        if len(self.link.tests) > len(self.link.sides):
            return right
        return distinct_right(left, right, self.link.equalities(left))

    # as a value

    def value(self, join: Callable[[Make], None]) -> Expression:
        """The test as an expression over what its joins add."""
        if not self.is_tied:
            _, is_some = self._facts(join)
            return self._result(is_some, None)
        mark = f"{self.planner.unique('mark')}.found"
        join(lambda left: self._marked(left, self._right(left), self.link, mark))
        if not self.is_nullable:
            return self._result(_flag(mark), None)
        return self._result(_flag(mark), self._unknown(join))

    def _marked(self, left: Relation, right: Relation, link: Link, mark: str) -> Relation:
        return MarkJoin(left, right, link.condition, link.equalities(left), mark)

    def _unknown(self, join: Callable[[Make], None]) -> Expression:
        """Whether a row compares to NULL."""
        sides, ties = self.ties
        if not ties and len(self.compared) == 1:
            has_null, is_some = self._facts(join)
            outside = self.translate(self.test.left[0])
            is_null = boolean("is null", outside, never_null=True)
            return boolean("or", has_null, boolean("and", is_null, is_some))
        mark = f"{self.planner.unique('mark')}.unknown"
        is_unknown = [
            boolean("is null", test, never_null=True)
            for test in (all_of(self.compared),)
            if test is not None
        ]
        link = Link(self.translate, [*ties, *is_unknown], sides)
        right = self.untied.planned.relation
        join(lambda left: self._marked(left, right, link, mark))
        return _flag(mark)

    def _facts(self, join: Callable[[Make], None]) -> tuple[Expression, Expression]:
        """Whether the nested SELECT has a NULL, and whether it has a row at all: one row of
        counts, which the rows around meet only when these answers change."""
        alias = self.planner.unique("facts")
        fail = self.translate.source.error
        value = [f.as_expression() for f in self.untied.values[:1]]
        calls = [("rows", WrittenCall("count", (), fail, True))]
        calls += [("values", WrittenCall("count", (v,), fail)) for v in value]
        counts = [
            (f"{alias}.{name}", self.planner.functions.aggregate(call)) for name, call in calls
        ]
        rows, values = (ColumnRef(counts[n][0], BIGINT, False) for n in (0, -1))
        grouped = GroupBy(self.untied.planned.relation, (), tuple(counts), frozenset())
        names = f"{alias}.has_null", f"{alias}.is_some"
        tests = boolean(">", rows, values), boolean(">", rows, Constant("0", INTEGER))
        facts = Consolidate(Map(grouped, tuple(zip(names, tests, strict=True))))
        join(lambda left: Join("inner", left, facts, None, ()))
        return _flag(names[0]), _flag(names[1])

    def _result(self, is_found: Expression, is_unknown: Expression | None) -> Expression:
        found = is_found
        if is_unknown is not None:
            results = Constant("true", BOOLEAN), Constant(None, BOOLEAN)
            found = Case((is_found, is_unknown), results, Constant("false", BOOLEAN))
        return boolean("not", found) if self.test.is_negated else found


def _flag(column: str) -> Expression:
    return ColumnRef(column, BOOLEAN, False)


def _untied(test: Test, nested: NestedSelect) -> Untied:
    if test.left:
        return _listed(nested)
    if not nested.is_correlated:
        planned = nested.as_is()
        return Untied(planned, (), (), ())
    limit = nested.query.args.get("limit")
    if isinstance(limit, exp.Fetch):
        raise Undecorrelated("FETCH FIRST … WITH TIES in an EXISTS")
    if limit is not None and not (limit.expression.is_int and int(limit.expression.name) > 0):
        raise Undecorrelated("LIMIT in an EXISTS")
    nested.refuse("offset")
    if nested.is_combined:
        if limit is not None:
            raise Undecorrelated("LIMIT in a set operation that refers to the query around it")
        return replace(nested.combined(), values=())
    if nested.is_one_row:
        raise Undecorrelated("EXISTS of an aggregate without GROUP BY")
    return nested.untied([], without=("distinct", "limit", "order"))


def _listed(nested: NestedSelect) -> Untied:
    if not nested.is_correlated:
        planned = nested.as_is()
        return Untied(planned, planned.fields, (), ())
    nested.refuse("limit", "offset")
    if nested.is_combined:
        return nested.combined()
    distinct = nested.query.args.get("distinct")
    if distinct is not None and distinct.args.get("on") is not None:
        raise Undecorrelated("DISTINCT ON in a SELECT that refers to the query around it")
    if nested.is_one_row:
        raise Undecorrelated("IN of an aggregate without GROUP BY")
    if any(e.find(exp.Star) for e in nested.select.expressions if not e.find(exp.Anonymous)):
        raise Undecorrelated("SELECT * that refers to the query around it")
    values = [e.this if isinstance(e, exp.Alias) else e for e in nested.select.expressions]
    return nested.untied(values, without=("distinct", "order"))


def membership(
    node: exp.Expr,
    planner: Queries,
    context: Context,
    translate: Translator,
    domain: OuterDomain | None = None,
) -> Membership | None:
    """Plan such a test; None where the node is another condition. `domain`: the values around that
    its SELECT joins."""
    test = test_of(node)
    if test is None:
        return None
    nested = NestedSelect(planner, test.query, inner_context(context), domain)
    if test.left and nested.is_one_row and nested.is_correlated:
        return None
    return Membership(test, nested, planner, translate)
