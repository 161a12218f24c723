"""A parsed PostgreSQL expression -> a tree of typed nodes of the same meaning.

Refuses what is not known to mean the same: an error at plan time is better than a wrong result.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable
from functools import reduce
from typing import Any

from sqlglot import exp

from materializers.errors import ViewError
from materializers.sql.catalogue import FunctionCatalogue
from materializers.sql.expressions.arithmetic import calculate, negate
from materializers.sql.expressions.casts import cast, cast_to, named_type, user_type_name
from materializers.sql.expressions.comparisons import unpadded
from materializers.sql.expressions.jsonb_changes import is_jsonb, reduced_jsonb
from materializers.sql.expressions.rules import EXPRESSION_RULES
from materializers.sql.expressions.translating import Merge
from materializers.sql.functions.array_shape import SHAPE_FUNCTIONS, shape_function
from materializers.sql.functions.call import Call
from materializers.sql.functions.citext import citext_function
from materializers.sql.functions.signatures import settled
from materializers.sql.place import Source
from materializers.sql.relations.nested import Exists, OnlyValue
from materializers.sql.relations.relation import Relation
from materializers.sql.scope import Scope
from materializers.sql.types.comparison_key import not_comparable
from materializers.sql.types.constant_text import InvalidInput
from materializers.sql.types.expression import Apply, Constant, Expression, boolean, widened
from materializers.sql.types.output import record
from materializers.sql.types.sql_type import (
    BOOLEAN,
    TEXT,
    UNKNOWN,
    SqlType,
    array_of,
    common,
)

Subquery = Callable[[exp.Expr, Scope], Relation]
Hook = Callable[[exp.Expr], Expression | None]

_ARITHMETIC: dict[type[exp.Expr], str] = {
    exp.Add: "+",
    exp.Sub: "-",
    exp.Mul: "*",
    exp.Div: "/",
    exp.Mod: "%",
    exp.Pow: "^",
}
_COMMON_PARTS = frozenset({"this", "expression", "expressions", "typed", "safe", "alias"})
_PARTS: dict[type[exp.Expr], frozenset[str]] = {
    exp.Column: frozenset({"table"}),
    exp.Literal: frozenset({"is_string"}),
    exp.Is: frozenset({"negate"}),
    exp.Like: frozenset({"negate"}),
    exp.ILike: frozenset({"negate"}),
    exp.Between: frozenset({"low", "high", "symmetric"}),
    exp.In: frozenset({"query"}),
    exp.Case: frozenset({"ifs", "default"}),
    exp.Cast: frozenset({"to"}),
    exp.Substring: frozenset({"start", "length"}),
    exp.UnicodeString: frozenset({"escape"}),
    exp.Overlay: frozenset({"from_", "for_"}),
    exp.Trim: frozenset({"position"}),
    exp.StrPosition: frozenset({"substr"}),
    exp.Interval: frozenset({"unit", "fraction_in_string"}),
    exp.AtTimeZone: frozenset({"zone"}),
    exp.JSONExtract: frozenset({"only_json_types"}),
    exp.JSONExtractScalar: frozenset({"only_json_types"}),
}
_VOLATILE_NODES = (
    exp.CurrentTimestamp, exp.CurrentDate, exp.CurrentTime, exp.CurrentUser, exp.Localtimestamp,
    exp.Localtime, exp.SessionUser, exp.CurrentCatalog, exp.CurrentSchema, exp.CurrentRole,
)  # fmt: skip


class Translator:
    """Translates the expressions of one SELECT. `functions`: those that it may call. `scope`:
    resolves names. `subquery`: plans a nested SELECT. `hook`: translates nodes before all rules
    (group columns, aggregates, window functions), or returns None."""

    def __init__(
        self,
        source: Source,
        functions: FunctionCatalogue,
        scope: Scope,
        subquery: Subquery,
        hook: Hook | None = None,
    ) -> None:
        self.source = source
        self.functions = functions
        self.scope = scope
        self.subquery = subquery
        self.hook = hook
        self._rules: dict[type[Any], Callable[[Any], Expression]] = {
            exp.Column: self._column,
            exp.Boolean: lambda n: Constant("true" if n.this else "false", BOOLEAN),
            exp.Null: lambda n: Constant(None),
            exp.Paren: self._paren,
            exp.Neg: self._negative,
            exp.Not: self._not,
            exp.And: self._logic,
            exp.Or: self._logic,
            exp.Cast: self._cast,
            exp.Anonymous: self._call,
            exp.Exists: self._exists,
            exp.Subquery: self._scalar,
            exp.Dot: self._dot,
            exp.Tuple: self._row,
        }

    def with_hook(self, hook: Hook | None) -> Translator:
        """A translator with another hook."""
        return Translator(self.source, self.functions, self.scope, self.subquery, hook)

    def fail(self, message: str, node: exp.Expr, *, fix: str = "") -> ViewError:
        return self.source.error(message, node, fix=fix)

    def __call__(self, node: exp.Expr) -> Expression:
        """Translate a node; raises a ViewError that points at what is not supported."""
        value = self._narrow(node)
        return widened(value) if self.source.is_wide else value

    def _narrow(self, node: exp.Expr) -> Expression:
        if self.hook is not None and (replacement := self.hook(node)) is not None:
            return replacement
        self._refuse_unknown_parts(node)
        kind = type(node)
        try:
            if kind in self._rules:
                return self._rules[kind](node)
            if kind in EXPRESSION_RULES:
                return EXPRESSION_RULES[kind](self, node)
            if isinstance(node, exp.Binary) and kind in _ARITHMETIC:
                return self._calculate(node)
        except InvalidInput as error:
            raise self.fail(str(error), node) from error
        if isinstance(node, _VOLATILE_NODES):
            raise self._volatile(node, kind.key.replace("current", "current_"))
        raise self.fail(f"{node.sql(dialect='postgres')} is not supported", node)

    def _refuse_unknown_parts(self, node: exp.Expr) -> None:
        """Refuse a node with parts that no rule reads: they would be ignored."""
        known = _COMMON_PARTS | _PARTS.get(type(node), frozenset())
        unknown = [name for name, part in node.args.items() if part and name not in known]
        if unknown and isinstance(node, exp.Window):
            raise self.fail(
                "window functions are not allowed here", node, fix="use a query in FROM"
            )
        if unknown:
            text = node.sql(dialect="postgres")
            raise self.fail(f"{text} is not supported ({', '.join(unknown)})", node)

    def boolean(self, node: exp.Expr, where: str) -> Expression:
        """Translate a node; raises ViewError unless it is boolean. `where`: the clause."""
        value = self(node)
        if value.type == UNKNOWN:
            value = value.cast(BOOLEAN)
        if value.type != BOOLEAN:
            raise self.fail(f"argument of {where} must be boolean, not {value.type.name}", node)
        return value

    # names and literals

    def _column(self, node: exp.Column) -> Expression:
        if isinstance(node.this, exp.Star) and self.scope.entry(node.table):
            return self._record(node.table)
        entry = None if node.table else self.scope.entry(node.name)
        if entry is not None and not self.scope.has_column(node.name):
            return self._record(entry.alias)
        column = self.scope.resolve(node, self.fail).as_expression()
        if column.type.collation and not _is_passed_on(node):
            message = f'column "{node.name}": {not_comparable(column.type.collation)}'
            raise self.fail(message, node, fix=f'write {node.name} COLLATE "C"')
        if column.type.dimensions and not _takes_dimensions(node):
            message = f'column "{node.name}" is declared with several dimensions'
            fix = "unnest it, or cast it to text"
            raise self.fail(f"{message}, over which this is not supported", node, fix=fix)
        return column

    def _record(self, alias: str) -> Expression:
        entry = self.scope.entry(alias)
        assert entry is not None
        if entry.is_scalar:
            return entry.fields[0].as_expression()
        several = next((f.name for f in entry.fields if f.type.dimensions), None)
        if several is not None:
            raise InvalidInput(f'column "{several}" of several dimensions is in no record here')
        values: list[Expression] = [f.as_expression() for f in entry.fields]
        names = [f.name for f in entry.fields]
        return record(names, values, nullable=all(v.nullable for v in values))

    def _row(self, node: exp.Expr) -> Expression:
        """`ROW(a, b)` and `(a, b)` as a JSON function's argument, with the names f1, f2, …"""
        parent = node.parent
        while isinstance(parent, (exp.Order, exp.Distinct, exp.Paren)):
            parent = parent.parent
        if not isinstance(parent, exp.Anonymous) or "json" not in str(parent.this).lower():
            message = f"{node.sql(dialect='postgres')} is supported for JSON functions only"
            raise self.fail(message, node)
        values = [self(each) for each in node.expressions]
        names = [f"f{place}" for place in range(1, len(values) + 1)]
        return record(names, values, nullable=False)

    def _paren(self, node: exp.Paren) -> Expression:
        return self(node.this)

    # operators

    def _calculate(self, node: exp.Binary) -> Expression:
        if isinstance(node.left, exp.BitwiseNot):
            # ~a + b: PostgreSQL reads ~(a + b), sqlglot (~a) + b
            raise self.fail("~ binds less than this operator", node, fix="add parentheses")
        left, right = self(node.left), self(node.right)
        sign = _ARITHMETIC[type(node)]
        if sign == "-" and is_jsonb(left):
            return reduced_jsonb(self, left, right, node)
        result = calculate(sign, left, right)
        if result is None:
            names = f"{left.type.name} {sign} {right.type.name}"
            raise self.fail(f"operator does not exist: {names}", node)
        return result

    def _negative(self, node: exp.Neg) -> Expression:
        result = negate(self(node.this))
        if result is None:
            raise self.fail("operator - needs a number", node)
        return result

    def _not(self, node: exp.Not) -> Expression:
        return boolean("not", self.boolean(node.this, "NOT"))

    def _logic(self, node: exp.Connector) -> Expression:
        word = "AND" if isinstance(node, exp.And) else "OR"
        left, right = self.boolean(node.left, word), self.boolean(node.right, word)
        parts = *_parts(left, word.lower()), right
        return boolean(word.lower(), *parts)

    def unify(
        self, values: list[Expression], node: exp.Expr, what: str, into: Merge = common
    ) -> tuple[SqlType, list[Expression]]:
        """The common type of some values, and the values converted to it. `what`: the clause, for
        the error where there is none; `into`: the rule, `common` to compare them, `resulting` for
        one column."""

        def merge(first: SqlType, second: SqlType) -> SqlType:
            merged = into(first, second)
            if merged is None:
                raise self.fail(f"{what} cannot match {first.name} and {second.name}", node)
            return merged

        if into is common and any(v.type.name == "character" for v in values):
            # trailing blanks of a constant do not count, as those of the column do not
            values = [_trimmed(v) for v in values]
        kind = reduce(merge, (v.type for v in values))
        if kind == UNKNOWN:
            kind = TEXT
        cast = [v.cast(kind) for v in values]
        if into is common and kind == SqlType("character"):
            # trailing blanks do not count on either side
            return TEXT, [unpadded(each) for each in cast]
        return kind, cast

    def _cast(self, node: exp.Cast) -> Expression:
        value = self(node.this)
        enum = self._enum(node.to)
        target = enum or named_type(node.to)
        if target is None:
            raise self.fail(f"cast to {node.to.sql(dialect='postgres')} is not supported", node)
        result = cast(value, enum) if enum else cast_to(value, node.to)
        if result is None:
            raise self.fail(f"cast from {value.type.name} to {target.name} is not supported", node)
        return result

    def _enum(self, node: exp.DataType) -> SqlType | None:
        """The enum, or array of an enum, that a cast names. It is one of the types of the
        columns in FROM, which know its labels."""
        is_array = node.this == exp.DType.ARRAY and len(node.expressions) == 1
        name = user_type_name(node.expressions[0] if is_array else node)
        scope: Scope | None = self.scope if name else None
        while scope is not None:
            for kind in (field.type for field in scope.fields() if field.type.labels):
                if name in (
                    kind.name.removesuffix("[]"),
                    kind.name.removesuffix("[]").rpartition(".")[2],
                ):
                    single = kind.element or kind
                    return array_of(single) if is_array else single
            scope = scope.outer
        return None

    # calls

    def call(self, name: str, arguments: list[exp.Expr], node: exp.Expr) -> Expression:
        """A call of a scalar function; raises ViewError where it does not exist."""
        if name == "row":
            return self._row(node)
        if name in self.functions.volatile:
            raise self._volatile(node, name)
        if name in self.functions.aggregates:
            raise self.fail(f"aggregate functions are not allowed here: {name}()", node)
        if name in self.functions.sets:
            raise self.fail(
                f"set-returning functions are not allowed here: {name}()",
                node,
                fix="call it in FROM, after the table whose columns it reads",
            )
        scalars = self.functions.scalars
        if name not in scalars:
            close = difflib.get_close_matches(name, [*scalars, *self.functions.sets], 1)
            hint = f' (did you mean "{close[0]}"?)' if close else ""
            raise self.fail(
                f"function {name}() does not exist or is not supported{hint}",
                node,
                fix="the supported functions are in docs/functions.md",
            )
        named = {a.this.name: self(a.expression) for a in arguments if isinstance(a, exp.Kwarg)}
        if named and name != "make_interval":
            raise self.fail(f"{name}() does not take arguments by name", node)
        values = tuple(self(a) for a in arguments if not isinstance(a, exp.Kwarg))
        call = Call(name, values, lambda message: self.fail(message, node), named)
        if (shape := shape_function(call)) is not None:
            return shape
        own = citext_function(call) if isinstance(node, exp.Anonymous) else None
        return own(call) if own is not None else scalars[name](settled(call))

    def _volatile(self, node: exp.Expr, name: str) -> ViewError:
        message = f"{name}() changes without a change of any row, so no view can use it"
        return self.fail(message, node, fix="compute it in the query that reads the view")

    def _call(self, node: exp.Anonymous) -> Expression:
        return self.call(str(node.this).lower(), node.expressions, node)

    # subqueries

    def _exists(self, node: exp.Exists) -> Expression:
        return Exists(self.subquery(node.this, self.scope))

    def _scalar(self, node: exp.Subquery) -> Expression:
        relation = self.subquery(node, self.scope)
        if len(relation.columns) != 1:
            raise self.fail("subquery must return only one column", node)
        return OnlyValue(relation, relation.columns[0].type)

    def _dot(self, node: exp.Dot) -> Expression:
        raise self.fail("access to a field of a record is not supported", node)


def _parts(value: Expression, word: str) -> tuple[Expression, ...]:
    """The operands of a chain of ANDs, or of ORs, as one list; it is parsed as nested pairs."""
    is_chain = isinstance(value, Apply) and value.name == word
    return value.children if is_chain else (value,)


def _takes_dimensions(node: exp.Column) -> bool:
    """Whether the column may be an array of several dimensions, which is stored as text."""
    parent = node.parent
    while isinstance(parent, (exp.Paren, exp.Alias)):
        parent = parent.parent
    if isinstance(parent, exp.Anonymous):
        return str(parent.this).lower() in (*SHAPE_FUNCTIONS, *_FUNCTIONS_OVER_DIMENSIONS)
    return isinstance(parent, _OVER_DIMENSIONS)


_OVER_DIMENSIONS = (
    exp.Select, exp.Cast, exp.Is, exp.In, exp.EQ, exp.NEQ, exp.NullSafeEQ, exp.NullSafeNEQ,
    exp.Group, exp.Distinct, exp.Bracket, exp.Any, exp.All, exp.DPipe, exp.Array,
    exp.Case, exp.If,    exp.ArrayContainsAll, exp.ArrayContainedBy, exp.ArrayOverlaps,
)  # fmt: skip
_FUNCTIONS_OVER_DIMENSIONS = (
    "count", "coalesce", "nullif", "array_cat", "array_to_string", "unnest", "generate_subscripts",
    "any", "all", "some",
)  # fmt: skip


def _is_passed_on(node: exp.Column) -> bool:
    """Whether the column's value is only passed on there, neither compared nor changed."""
    parent = node.parent
    while isinstance(parent, (exp.Paren, exp.Alias)):
        parent = parent.parent
    if isinstance(parent, exp.Anonymous):
        return str(parent.this).lower() == "count"
    return isinstance(parent, (exp.Select, exp.Collate, exp.Is))


def _trimmed(value: Expression) -> Expression:
    text = value.literal
    return value if text is None else Constant(text.rstrip(" "))
