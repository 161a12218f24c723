"""An expression of PostgreSQL -> DuckDB SQL of the same meaning, with its type.

Everything is refused that is not known to mean the same in both: a clear error at plan time is
better than another answer at run time.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial, reduce
from typing import Any

from sqlglot import exp

from materializers.errors import ViewError
from materializers.plan import predicates
from materializers.plan.aggregates import AGGREGATES
from materializers.plan.arithmetic import calculate, integer_literal, negate
from materializers.plan.call import Call
from materializers.plan.casts import cast, named_type
from materializers.plan.expression import Expression, text_literal
from materializers.plan.functions import FUNCTIONS, VOLATILE
from materializers.plan.functions_time import extract
from materializers.plan.place import Source
from materializers.plan.render import as_text, record_json
from materializers.plan.scope import Scope
from materializers.plan.sql_type import (
    BOOLEAN,
    INTERVAL,
    TEXT,
    TIMESTAMP,
    TIMESTAMPTZ,
    UNKNOWN,
    SqlType,
    common,
    numeric,
)

Subquery = Callable[[exp.Expr, Scope], tuple[str, tuple[SqlType, ...]]]
Hook = Callable[[exp.Expr], Expression | None]

_COMPARISONS: dict[type[exp.Expr], str] = {
    exp.EQ: "=",
    exp.NEQ: "<>",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.GT: ">",
    exp.GTE: ">=",
}
_DISTINCT: dict[type[exp.Expr], str] = {
    exp.NullSafeEQ: "IS NOT DISTINCT FROM",
    exp.NullSafeNEQ: "IS DISTINCT FROM",
}
_ARITHMETIC: dict[type[exp.Expr], str] = {
    exp.Add: "+",
    exp.Sub: "-",
    exp.Mul: "*",
    exp.Div: "/",
    exp.Mod: "%",
}
_COMMON_PARTS = frozenset({"this", "expression", "expressions", "typed", "safe", "alias"})
_PARTS: dict[type[exp.Expr], frozenset[str]] = {
    exp.Column: frozenset({"table"}),
    exp.Literal: frozenset({"is_string"}),
    exp.Is: frozenset({"negate"}),
    exp.Like: frozenset({"negate"}),
    exp.ILike: frozenset({"negate"}),
    exp.Between: frozenset({"low", "high"}),
    exp.In: frozenset({"query"}),
    exp.Case: frozenset({"ifs", "default"}),
    exp.Cast: frozenset({"to"}),
    exp.Substring: frozenset({"start", "length"}),
    exp.Trim: frozenset({"position"}),
    exp.StrPosition: frozenset({"substr"}),
    exp.Interval: frozenset({"unit"}),
    exp.AtTimeZone: frozenset({"zone"}),
}
_VOLATILE_NODES = (exp.CurrentTimestamp, exp.CurrentDate, exp.CurrentTime, exp.CurrentUser)


class Translator:
    """Translates the expressions of one SELECT. `scope`: what names mean. `subquery`: plans a
    nested SELECT; gives its SQL and column types. `hook`: may answer for a node first (group
    columns, aggregates, window functions)."""

    def __init__(
        self, source: Source, scope: Scope, subquery: Subquery, hook: Hook | None = None
    ) -> None:
        self.source = source
        self.scope = scope
        self.subquery = subquery
        self.hook = hook
        self._rules: dict[type[Any], Callable[[Any], Expression]] = {
            exp.Column: self._column,
            exp.Literal: self._literal,
            exp.Boolean: lambda n: Expression("true" if n.this else "false", BOOLEAN, False),
            exp.Null: lambda n: Expression("NULL", UNKNOWN),
            exp.Paren: self._paren,
            exp.Neg: self._negative,
            exp.Not: self._not,
            exp.And: self._logic,
            exp.Or: self._logic,
            exp.Is: partial(predicates.is_, self),
            exp.Between: partial(predicates.between_, self),
            exp.In: partial(predicates.in_, self),
            exp.Like: partial(predicates.like_, self),
            exp.ILike: partial(predicates.like_, self),
            exp.RegexpLike: partial(predicates.regexp_, self),
            exp.Case: self._case,
            exp.Cast: self._cast,
            exp.DPipe: self._concatenate,
            exp.Extract: self._extract,
            exp.Substring: self._keyword_call,
            exp.Trim: self._trim,
            exp.StrPosition: self._position,
            exp.Ceil: self._keyword_call,
            exp.Floor: self._keyword_call,
            exp.Interval: self._interval,
            exp.AtTimeZone: self._at_time_zone,
            exp.Anonymous: self._call,
            exp.Exists: self._exists,
            exp.Subquery: self._scalar,
            exp.Dot: self._dot,
        }

    def fail(self, message: str, node: exp.Expr, *, fix: str = "") -> ViewError:
        return self.source.error(message, node, fix=fix)

    def __call__(self, node: exp.Expr) -> Expression:
        """Translate a node; raises ViewError that points at what is not understood."""
        if self.hook is not None and (found := self.hook(node)) is not None:
            return found
        self._refuse_unknown_parts(node)
        kind = type(node)
        if kind in self._rules:
            return self._rules[kind](node)
        if isinstance(node, exp.Binary) and (kind in _COMPARISONS or kind in _DISTINCT):
            return self._compare(node)
        if isinstance(node, exp.Binary) and kind in _ARITHMETIC:
            return self._calculate(node)
        if isinstance(node, _VOLATILE_NODES):
            raise self._volatile(node, kind.__name__.lower().replace("current", "current_"))
        raise self.fail(f"{node.sql(dialect='postgres')} is not supported", node)

    def _refuse_unknown_parts(self, node: exp.Expr) -> None:
        """A part of a node that no rule here reads must not be lost in silence."""
        known = _COMMON_PARTS | _PARTS.get(type(node), frozenset())
        unknown = [name for name, part in node.args.items() if part and name not in known]
        if unknown:
            text = node.sql(dialect="postgres")
            raise self.fail(f"{text} is not supported ({', '.join(unknown)})", node)

    def boolean(self, node: exp.Expr, where: str) -> Expression:
        """An expression that must be a condition."""
        value = self(node)
        if value.type == UNKNOWN:
            value = value.cast(BOOLEAN)
        if value.type != BOOLEAN:
            raise self.fail(f"argument of {where} must be boolean, not {value.type.name}", node)
        return value

    # names and literals

    def _column(self, node: exp.Column) -> Expression:
        if not node.table and (relation := self.scope.relation(node.name)):
            try:
                return self.scope.resolve(node, self.fail).as_expression()
            except ViewError:
                return self._record(relation.alias)
        return self.scope.resolve(node, self.fail).as_expression()

    def _record(self, alias: str) -> Expression:
        relation = self.scope.relation(alias)
        assert relation is not None
        values = [f.as_expression() for f in relation.fields]
        sql = record_json([f.name for f in relation.fields], values)
        absent = " AND ".join(f"{v.sql} IS NULL" for v in values)
        if all(v.nullable for v in values):
            sql = f"CASE WHEN {absent} THEN NULL ELSE {sql} END"
        fields = tuple((f.name, f.type) for f in relation.fields)
        return Expression(sql, SqlType("record", fields=fields), all(v.nullable for v in values))

    def _literal(self, node: exp.Literal) -> Expression:
        if node.is_string:
            return Expression(text_literal(node.this), UNKNOWN, False, node.this)
        if re.fullmatch(r"\d+", node.this):
            return integer_literal(node.this)
        digits = re.fullmatch(r"(\d*)\.(\d*)", node.this)
        if digits is None:
            raise self.fail(f"the number {node.this} is not supported", node)
        scale = len(digits[2])
        kind = numeric(max(len(digits[1]) + scale, 1), scale)
        return Expression(f"CAST('{node.this}' AS {kind.duckdb})", kind, False)

    def _paren(self, node: exp.Paren) -> Expression:
        value = self(node.this)
        return Expression(f"({value.sql})", value.type, value.nullable, value.literal)

    def _interval(self, node: exp.Interval) -> Expression:
        text = " ".join(p.name for p in (node.this, node.args.get("unit")) if p is not None)
        return Expression(f"CAST({text_literal(text)} AS INTERVAL)", INTERVAL, False)

    # operators

    def _calculate(self, node: exp.Binary) -> Expression:
        left, right = self(node.left), self(node.right)
        result = calculate(_ARITHMETIC[type(node)], left, right)
        if result is None:
            sign = _ARITHMETIC[type(node)]
            message = f"operator does not exist: {left.type.name} {sign} {right.type.name}"
            raise self.fail(message, node)
        return result

    def _negative(self, node: exp.Neg) -> Expression:
        result = negate(self(node.this))
        if result is None:
            raise self.fail("operator - needs a number", node)
        return result

    def _not(self, node: exp.Not) -> Expression:
        value = self.boolean(node.this, "NOT")
        return Expression(f"(NOT {value.sql})", BOOLEAN, value.nullable)

    def _logic(self, node: exp.Connector) -> Expression:
        word = "AND" if isinstance(node, exp.And) else "OR"
        left, right = self.boolean(node.left, word), self.boolean(node.right, word)
        return Expression(
            f"({left.sql} {word} {right.sql})", BOOLEAN, left.nullable or right.nullable
        )

    def unify(
        self, values: list[Expression], node: exp.Expr, what: str
    ) -> tuple[SqlType, list[str]]:
        """Values in the one type they share."""

        def merge(first: SqlType, second: SqlType) -> SqlType:
            merged = common(first, second)
            if merged is None:
                raise self.fail(f"{what} cannot match {first.name} and {second.name}", node)
            return merged

        kind = reduce(merge, (v.type for v in values))
        if kind == UNKNOWN:
            kind = TEXT
        return kind, [v.cast(kind).sql for v in values]

    def _compare(self, node: exp.Binary) -> Expression:
        sign = _COMPARISONS.get(type(node)) or _DISTINCT[type(node)]
        if isinstance(node.left, exp.Tuple) and isinstance(node.right, exp.Tuple):
            return self._compare_rows(node, sign)
        if isinstance(node.right, (exp.Any, exp.All)):
            raise self.fail("ANY and ALL are not supported", node, fix="use IN or EXISTS")
        left, right = self(node.left), self(node.right)
        _, (one, two) = self.unify([left, right], node, f"operator {sign}")
        for kind in (left.type, right.type):
            self._refuse_comparison(kind, sign, node)
        nullable = type(node) in _COMPARISONS and (left.nullable or right.nullable)
        return Expression(f"({one} {sign} {two})", BOOLEAN, nullable)

    def _refuse_comparison(self, kind: SqlType, sign: str, node: exp.Expr) -> None:
        if kind.name in ("json", "record"):
            raise self.fail(f"operator does not exist: {kind.name} {sign} {kind.name}", node)
        is_ordering = sign in ("<", "<=", ">", ">=")
        if not kind.is_comparable or (is_ordering and not kind.is_ordered):
            raise self.fail(f"comparing {kind.name} with {sign} is not supported", node)

    def _compare_rows(self, node: exp.Binary, sign: str) -> Expression:
        if not isinstance(node, exp.EQ):
            raise self.fail(f"rows can be compared with = only, not {sign}", node)
        pairs = zip(node.left.expressions, node.right.expressions, strict=True)
        parts = [self._compare(exp.EQ(this=a.copy(), expression=b.copy())) for a, b in pairs]
        sql = " AND ".join(p.sql for p in parts)
        return Expression(f"({sql})", BOOLEAN, any(p.nullable for p in parts))

    def _concatenate(self, node: exp.DPipe) -> Expression:
        left, right = self(node.left), self(node.right)
        if not any(v.type.is_text or v.type == UNKNOWN for v in (left, right)):
            message = f"operator does not exist: {left.type.name} || {right.type.name}"
            raise self.fail(message, node)
        texts = [as_text(v) for v in (left, right)]
        if texts[0] is None or texts[1] is None:
            raise self.fail("the text of this type is not supported", node, fix="use round()")
        return Expression(
            f"({texts[0].sql} || {texts[1].sql})", TEXT, left.nullable or right.nullable
        )

    def _case(self, node: exp.Case) -> Expression:
        operand = node.args.get("this")
        tests: list[str] = []
        results: list[Expression] = []
        for branch in node.args["ifs"]:
            if operand is None:
                tests.append(self.boolean(branch.this, "CASE WHEN").sql)
            else:
                equal = exp.EQ(this=operand.copy(), expression=branch.this.copy())
                tests.append(self._compare(equal).sql)
            results.append(self(branch.args["true"]))
        default = node.args.get("default")
        results.append(self(default) if default is not None else Expression("NULL", UNKNOWN))
        kind, values = self.unify(results, node, "CASE")
        whens = " ".join(f"WHEN {t} THEN {v}" for t, v in zip(tests, values, strict=False))
        sql = f"CASE {whens} ELSE {values[-1]} END"
        return Expression(f"({sql})", kind, any(r.nullable for r in results))

    def _cast(self, node: exp.Cast) -> Expression:
        value = self(node.this)
        target = named_type(node.to)
        if target is None:
            raise self.fail(f"cast to {node.to.sql(dialect='postgres')} is not supported", node)
        result = cast(value, target)
        if result is None:
            raise self.fail(f"cast from {value.type.name} to {target.name} is not supported", node)
        return result

    def _at_time_zone(self, node: exp.AtTimeZone) -> Expression:
        value, zone = self(node.this), self(node.args["zone"])
        if not value.type.is_timestamp:
            raise self.fail(f"AT TIME ZONE needs a timestamp, not {value.type.name}", node)
        kind = TIMESTAMP if value.type == TIMESTAMPTZ else TIMESTAMPTZ
        return Expression(f"({value.sql} AT TIME ZONE {zone.sql})", kind, value.nullable)

    # calls

    def call(self, name: str, arguments: list[exp.Expr], node: exp.Expr) -> Expression:
        """A scalar function by its PostgreSQL name."""
        if name in VOLATILE:
            raise self._volatile(node, name)
        if name in AGGREGATES:
            raise self.fail(f"aggregate functions are not allowed here: {name}()", node)
        if name not in FUNCTIONS:
            raise self.fail(
                f"function {name}() does not exist or is not supported",
                node,
                fix="the supported functions are in docs/sql.md",
            )
        values = tuple(self(argument) for argument in arguments)
        return FUNCTIONS[name](Call(name, values, lambda message: self.fail(message, node)))

    def _volatile(self, node: exp.Expr, name: str) -> ViewError:
        message = f"{name}() changes without any row changing, so a view cannot be kept with it"
        return self.fail(message, node, fix="compute it in the query that reads the view")

    def _call(self, node: exp.Anonymous) -> Expression:
        return self.call(str(node.this).lower(), node.expressions, node)

    def _keyword_call(self, node: exp.Func) -> Expression:
        names = ("this", "start", "length") if isinstance(node, exp.Substring) else ("this",)
        arguments = [node.args[n] for n in names if node.args.get(n) is not None]
        return self.call(type(node).__name__.lower(), arguments, node)

    def _trim(self, node: exp.Trim) -> Expression:
        side = str(node.args.get("position") or "").lower()
        name = {"leading": "ltrim", "trailing": "rtrim"}.get(side, "trim")
        characters = node.args.get("expression")
        return self.call(name, [node.this, *([characters] if characters else [])], node)

    def _position(self, node: exp.StrPosition) -> Expression:
        return self.call("strpos", [node.this, node.args["substr"]], node)

    def _extract(self, node: exp.Extract) -> Expression:
        value = self(node.expression)
        call = Call("extract", (value,), lambda message: self.fail(message, node))
        return extract(call, node.this.name)

    # subqueries

    def _exists(self, node: exp.Exists) -> Expression:
        sql, _ = self.subquery(node.this, self.scope)
        return Expression(f"EXISTS ({sql})", BOOLEAN, False)

    def _scalar(self, node: exp.Subquery) -> Expression:
        sql, types = self.subquery(node, self.scope)
        if len(types) != 1:
            raise self.fail("subquery must return only one column", node)
        return Expression(f"({sql})", types[0], True)

    def _dot(self, node: exp.Dot) -> Expression:
        raise self.fail("access to a field of a record is not supported", node)
