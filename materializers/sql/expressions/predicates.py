"""IS, BETWEEN, IN, LIKE and regular expressions (manual, "Comparison Functions and Operators",
"Pattern Matching")."""

from __future__ import annotations

from sqlglot import exp

from materializers.sql.expressions.comparisons import compare_, compare_values, row_members
from materializers.sql.expressions.translating import Translating
from materializers.sql.types.expression import Apply, Expression, Lambda, Parameter, boolean
from materializers.sql.types.grid import members_of
from materializers.sql.types.sql_type import (
    BOOLEAN,
    CITEXT,
    TEXT,
    UNKNOWN,
    array_of,
    common,
    resulting,
)


def is_(translate: Translating, node: exp.Is) -> Expression:
    what = node.expression
    word = "is not" if node.args.get("negate") else "is"
    if isinstance(what, exp.Null):
        return boolean(f"{word} null", translate(node.this), never_null=True)
    if isinstance(what, exp.Boolean):
        truth = "true" if what.this else "false"
        value = translate.boolean(node.this, f"{word} {truth}".upper())
        return boolean(f"{word} {truth}", value, never_null=True)
    raise translate.fail("this form of IS is not supported", node)


def between_(translate: Translating, node: exp.Between) -> Expression:
    value, low, high = (translate(n) for n in (node.this, node.args["low"], node.args["high"]))
    within = _between(translate, (value, low, high), node)
    if node.args.get("symmetric"):
        within = boolean("or", within, _between(translate, (value, high, low), node))
    return within


def _between(
    translate: Translating, values: tuple[Expression, Expression, Expression], node: exp.Expr
) -> Expression:
    value, low, high = values
    above = compare_values(translate, value, ">=", low, node)
    below = compare_values(translate, value, "<=", high, node)
    return boolean("and", above, below)


def in_list_(translate: Translating, node: exp.In) -> Expression:
    """`value IN (a, b, …)`."""
    if row_members(node.this) is not None:
        equal = [exp.EQ(this=node.this.copy(), expression=e.copy()) for e in node.expressions]
        return boolean("or", *(compare_(translate, each) for each in equal))
    value = translate(node.this)
    items = [translate(item) for item in node.expressions]
    if not all(each.type.is_comparable for each in (value, *items)):
        tests = [compare_values(translate, value, "=", item, node) for item in items]
        return boolean("or", *tests)
    return _in_comparable(translate, value, items, node)


def _in_comparable(
    translate: Translating, value: Expression, items: list[Expression], node: exp.In
) -> Expression:
    constant = [item for item in items if not item.columns]
    # several constants become one array; any other item is compared by itself, in its own common
    # type (parse_expr.c, transformAExprIn)
    tests: list[Expression] = []
    if len(constant) > 1:
        merge = resulting if value.type.name == "real" else common
        _, unified = translate.unify([value, *constant], node, "IN", merge)
        tests.append(boolean("in", *unified))
        items = [item for item in items if item.columns]
    tests += [compare_values(translate, value, "=", item, node) for item in items]
    return tests[0] if len(tests) == 1 else boolean("or", *tests)


def _text(translate: Translating, node: exp.Expr, what: str) -> Expression:
    value = translate(node)
    if not value.type.is_text and value.type != UNKNOWN:
        raise translate.fail(f"{what} needs text, not {value.type.name}", node)
    return value.cast(TEXT)


def like_(translate: Translating, node: exp.Binary, escape: Expression | None = None) -> Expression:
    is_blind = isinstance(node, exp.ILike) or translate(node.this).type == CITEXT
    word = "ilike" if is_blind else "like"
    word = f"not {word}" if node.args.get("negate") else word
    left = _text(translate, node.this, word.upper())
    if isinstance(node.expression, (exp.Any, exp.All)):
        return _like_elements(translate, left, word, node)
    right = _text(translate, node.expression, word.upper())
    mark = "\\" if escape is None else escape.literal
    if mark is None or len(mark) > 1:
        raise translate.fail("ESCAPE must be one constant character or none", node)
    return boolean(word, left, right, options=(mark,))


def _like_elements(
    translate: Translating, left: Expression, word: str, node: exp.Binary
) -> Expression:
    """`text LIKE ANY (array)`."""
    array = members_of(translate(node.expression.this.unnest()))
    if array.type == UNKNOWN:
        array = array.cast(array_of(TEXT))
    if array.type.element is None or not array.type.element.is_text:
        raise translate.fail(f"{word.upper()} ANY needs an array of texts", node)
    element = Parameter("element", TEXT)
    test = boolean(word, left, element, options=("\\",))
    which = "any" if isinstance(node.expression, exp.Any) else "all"
    return Apply(which, (array, Lambda(element, test)), BOOLEAN)


def escape_(translate: Translating, node: exp.Escape) -> Expression:
    """`… LIKE … ESCAPE …`."""
    return like_(translate, node.this, translate(node.expression))


def starts_(translate: Translating, node: exp.Binary) -> Expression:
    """`text ^@ start`."""
    left, right = _text(translate, node.this, "^@"), _text(translate, node.expression, "^@")
    return boolean("starts_with", left, right)


def collate_(translate: Translating, node: exp.Collate) -> Expression:
    """`text COLLATE "C"`, the collation by which all texts are compared here."""
    name = node.expression.name
    if name not in ("C", "POSIX", "ucs_basic", "C.UTF-8", "C.utf8", "pg_c_utf8"):
        raise translate.fail(f'collation "{name}" is not supported', node, fix='use "C"')
    value = translate(node.this)
    if value.type == CITEXT or (value.type.name == "character" and not value.type.collation):
        return value  # it is compared as before: without regard to case, or to blanks at its end
    return _text(translate, node.this, "COLLATE")
