"""EXISTS, IN, and comparisons with ANY or ALL of a nested SELECT, as joins.

`x NOT IN (…)` and `x op ALL (…)` are the negations of `x IN (…)` and `x (not op) ANY (…)`. The
result is NULL where no row matches but a comparison with one is NULL (manual, "Subquery
Expressions"). WHERE keeps a row only if the condition is true: so a semi join need not distinguish
false from NULL, but an anti join must.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from sqlglot import exp

from materializers.sql.aggregates.written_call import WrittenCall
from materializers.sql.expressions.comparisons import row_members
from materializers.sql.expressions.translator import Translator
from materializers.sql.nested.nested_select import Decorrelated, NestedSelect, inner_context
from materializers.sql.nested.outer_domain import OuterDomain
from materializers.sql.nested.subquery_join import AddJoin, Correlation, distinct_right
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
class MembershipPredicate:
    """`left sign ANY (query)`, or EXISTS where `left` is empty. `is_negated`: NOT of it."""

    left: tuple[exp.Expr, ...]
    sign: type[exp.Expr]
    query: exp.Expr
    is_negated: bool


def predicate_of(node: exp.Expr) -> MembershipPredicate | None:
    """The predicate that a node is; None where it is something else."""
    if isinstance(node, exp.Paren):
        return predicate_of(node.this)
    if isinstance(node, exp.Not):
        inner = predicate_of(node.this)
        return inner and MembershipPredicate(
            inner.left, inner.sign, inner.query, not inner.is_negated
        )
    if isinstance(node, exp.Exists):
        return MembershipPredicate((), exp.EQ, node.this, False)
    if isinstance(node, exp.In) and node.args.get("query") is not None:
        return MembershipPredicate(_members(node.this), exp.EQ, node.args["query"], False)
    if type(node) in _NEGATED and isinstance(node.expression, (exp.Any, exp.All)):
        query = node.expression.this
        if isinstance(query, exp.Query):
            is_all = isinstance(node.expression, exp.All)
            sign = _NEGATED[type(node)] if is_all else type(node)
            return MembershipPredicate(_members(node.this), sign, query, is_all)
    return None


def _members(node: exp.Expr) -> tuple[exp.Expr, ...]:
    return tuple(row_members(node) or [node])


class Membership:
    """One membership predicate, decorrelated. Raises Undecorrelated."""

    def __init__(
        self,
        test: MembershipPredicate,
        nested: NestedSelect,
        planner: Queries,
        translate: Translator,
    ) -> None:
        self.predicate = test
        self.planner = planner
        self.translate = translate
        self.decorrelated = _decorrelated(test, nested)
        self.correlation = Correlation.of(translate, self.decorrelated)
        self.ties = list(self.correlation.sides), list(self.correlation.tests)
        if len(test.left) != len(self.decorrelated.values):
            raise Undecorrelated("subquery has another number of columns")
        if len(test.left) > 1 and test.sign is not exp.EQ:
            raise Undecorrelated("rows are compared with = only")
        pairs = zip(test.left, self.decorrelated.values, strict=True)
        self.compared = [self.correlation.compare(test.sign, a, b) for a, b in pairs]

    @property
    def is_nullable(self) -> bool:
        return any(c.nullable for c in self.compared)

    @property
    def has_condition(self) -> bool:
        return bool(self.correlation.tests)

    def filter(self) -> AddJoin | None:
        """The predicate as a semi or anti join; None where one join is not enough."""
        is_anti = self.predicate.is_negated
        if not self.has_condition or (is_anti and self.is_nullable):
            return None

        def make(left: Relation) -> Relation:
            equalities = self.correlation.equalities(left)
            right = self._right(left)
            return SemiJoin(left, right, self.correlation.condition, equalities, is_anti)

        return make

    def _right(self, left: Relation) -> Relation:
        right = self.decorrelated.planned.relation
        if len(self.correlation.tests) > len(self.correlation.sides):
            return right
        return distinct_right(left, right, self.correlation.equalities(left))

    # as a value

    def value(self, join: Callable[[AddJoin], None]) -> Expression:
        """The predicate as an expression over the columns that its joins add."""
        if not self.has_condition:
            _, is_some = self._facts(join)
            return self._result(is_some, None)
        mark = f"{self.planner.unique('mark')}.is_matched"
        join(lambda left: self._marked(left, self._right(left), self.correlation, mark))
        if not self.is_nullable:
            return self._result(_flag(mark), None)
        return self._result(_flag(mark), self._unknown(join))

    def _marked(
        self, left: Relation, right: Relation, correlation: Correlation, mark: str
    ) -> Relation:
        return MarkJoin(left, right, correlation.condition, correlation.equalities(left), mark)

    def _unknown(self, join: Callable[[AddJoin], None]) -> Expression:
        """Whether the comparison with some row is NULL."""
        sides, ties = self.ties
        if not ties and len(self.compared) == 1:
            has_null, is_some = self._facts(join)
            outside = self.translate(self.predicate.left[0])
            is_null = boolean("is null", outside, never_null=True)
            return boolean("or", has_null, boolean("and", is_null, is_some))
        mark = f"{self.planner.unique('mark')}.unknown"
        is_unknown = [
            boolean("is null", test, never_null=True)
            for test in (all_of(self.compared),)
            if test is not None
        ]
        correlation = Correlation(self.translate, [*ties, *is_unknown], sides)
        right = self.decorrelated.planned.relation
        join(lambda left: self._marked(left, right, correlation, mark))
        return _flag(mark)

    def _facts(self, join: Callable[[AddJoin], None]) -> tuple[Expression, Expression]:
        """Whether the nested SELECT has a NULL, and whether it has a row. Both come from one row of
        counts, consolidated: outer rows are joined anew only when an answer changes."""
        alias = self.planner.unique("facts")
        fail = self.translate.source.error
        value = [f.as_expression() for f in self.decorrelated.values[:1]]
        calls = [("rows", WrittenCall("count", (), fail, True))]
        calls += [("values", WrittenCall("count", (v,), fail)) for v in value]
        counts = [
            (f"{alias}.{name}", self.planner.functions.aggregate(call)) for name, call in calls
        ]
        rows, values = (ColumnRef(counts[n][0], BIGINT, False) for n in (0, -1))
        grouped = GroupBy(self.decorrelated.planned.relation, (), tuple(counts), frozenset())
        names = f"{alias}.has_null", f"{alias}.is_some"
        tests = boolean(">", rows, values), boolean(">", rows, Constant("0", INTEGER))
        facts = Consolidate(Map(grouped, tuple(zip(names, tests, strict=True))))
        join(lambda left: Join("inner", left, facts, None, ()))
        return _flag(names[0]), _flag(names[1])

    def _result(self, is_found: Expression, is_unknown: Expression | None) -> Expression:
        result = is_found
        if is_unknown is not None:
            results = Constant("true", BOOLEAN), Constant(None, BOOLEAN)
            result = Case((is_found, is_unknown), results, Constant("false", BOOLEAN))
        return boolean("not", result) if self.predicate.is_negated else result


def _flag(column: str) -> Expression:
    return ColumnRef(column, BOOLEAN, False)


def _decorrelated(test: MembershipPredicate, nested: NestedSelect) -> Decorrelated:
    if test.left:
        return _listed(nested)
    if not nested.is_correlated:
        planned = nested.as_is()
        return Decorrelated(planned, (), (), ())
    limit = nested.query.args.get("limit")
    if isinstance(limit, exp.Fetch):
        raise Undecorrelated("FETCH FIRST … WITH TIES in an EXISTS")
    if limit is not None and not (limit.expression.is_int and int(limit.expression.name) > 0):
        raise Undecorrelated("LIMIT in an EXISTS")
    nested.refuse("offset")
    if nested.is_combined:
        if limit is not None:
            raise Undecorrelated("LIMIT in a set operation that refers to the outer query")
        return replace(nested.combined(), values=())
    if nested.is_one_row:
        raise Undecorrelated("EXISTS of an aggregate without GROUP BY")
    return nested.decorrelated([], without=("distinct", "limit", "order"))


def _listed(nested: NestedSelect) -> Decorrelated:
    if not nested.is_correlated:
        planned = nested.as_is()
        return Decorrelated(planned, planned.fields, (), ())
    nested.refuse("limit", "offset")
    if nested.is_combined:
        return nested.combined()
    distinct = nested.query.args.get("distinct")
    if distinct is not None and distinct.args.get("on") is not None:
        raise Undecorrelated("DISTINCT ON in a SELECT that refers to the outer query")
    if nested.is_one_row:
        raise Undecorrelated("IN of an aggregate without GROUP BY")
    if any(e.find(exp.Star) for e in nested.select.expressions if not e.find(exp.Anonymous)):
        raise Undecorrelated("SELECT * that refers to the outer query")
    values = [e.this if isinstance(e, exp.Alias) else e for e in nested.select.expressions]
    return nested.decorrelated(values, without=("distinct", "order"))


def membership(
    node: exp.Expr,
    planner: Queries,
    context: Context,
    translate: Translator,
    domain: OuterDomain | None = None,
) -> Membership | None:
    """Plan a membership predicate; None where the node is something else. `domain`: the outer
    values that its SELECT joins. Raises Undecorrelated."""
    test = predicate_of(node)
    if test is None:
        return None
    nested = NestedSelect(planner, test.query, inner_context(context), domain)
    if test.left and nested.is_one_row and nested.is_correlated:
        return None
    return Membership(test, nested, planner, translate)
