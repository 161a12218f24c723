"""Comparisons of two values, of rows, and of a value with the elements of an array (manual,
"Comparison Functions and Operators", "Row and Array Comparisons")."""

from __future__ import annotations

from sqlglot import exp

from materializers.sql.expressions.translating import Translating
from materializers.sql.types.comparison_key import (
    equality_key,
    interval_key,
    is_keyed,
    json_key,
    not_comparable,
    order_key,
)
from materializers.sql.types.expression import (
    Apply,
    Case,
    Constant,
    Expression,
    Lambda,
    Parameter,
    boolean,
)
from materializers.sql.types.grid import as_grid, is_grid, members_of
from materializers.sql.types.sql_type import (
    BOOLEAN,
    TEXT,
    UNKNOWN,
    SqlType,
)

SIGNS: dict[type[exp.Expr], str] = {
    exp.EQ: "=",
    exp.NEQ: "<>",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.GT: ">",
    exp.GTE: ">=",
}
"""The comparisons that ANY and ALL may quantify."""

_SIGNS = {
    **SIGNS,
    exp.NullSafeEQ: "IS NOT DISTINCT FROM",
    exp.NullSafeNEQ: "IS DISTINCT FROM",
}
COMPARISONS = tuple(_SIGNS)
_ORDERING = ("<", "<=", ">", ">=")


def compare_(translate: Translating, node: exp.Binary) -> Expression:
    """`left sign right`."""
    sign = _SIGNS[type(node)]
    if (quantified := _quantifier(node.right)) is not None:
        return _compare_elements(translate, node, *quantified)
    left, right = row_members(node.left), row_members(node.right)
    if left is not None and right is not None:
        return _compare_rows(translate, node, left, right)
    return compare_values(translate, translate(node.left), sign, translate(node.right), node)


def compare_values(
    translate: Translating, left: Expression, sign: str, right: Expression, node: exp.Expr
) -> Expression:
    """`left sign right` of two translated values."""
    if sign.startswith("IS") and (tested := _beside_null(left, right)) is not None:
        word = "is null" if sign == "IS NOT DISTINCT FROM" else "is not null"
        return boolean(word, tested, never_null=True)
    left, right = _of_one_shape(left, right)
    refuse_unlike_arrays(translate, left, right, sign, node)
    kind, (one, two) = translate.unify([left, right], node, f"operator {sign}")
    typed = [v.type for v in (left, right) if v.type != UNKNOWN]
    if kind.name == "jsonb" and all(k.is_stored_as_text for k in typed) and sign not in _ORDERING:
        one, two = json_key(one), json_key(two)
    elif kind.name == "interval":
        one, two = interval_key(left), interval_key(right)
    elif is_keyed(kind):
        key = order_key if sign in _ORDERING else equality_key
        one, two = (key(side) or side for side in (one, two))
    elif kind.name == "character" and sign in _ORDERING:
        one, two = (unpadded(side) for side in (one, two))
    else:
        refuse_comparison(translate, kind, sign, node)
    return boolean(sign, one, two, never_null=sign.startswith("IS"))


def _of_one_shape(left: Expression, right: Expression) -> tuple[Expression, Expression]:
    """Two arrays, of which one is of several dimensions, as such ones."""
    if left.type.element is None or right.type.element is None:
        return left, right
    is_either = is_grid(left.type) or is_grid(right.type)
    return (as_grid(left), as_grid(right)) if is_either else (left, right)


def _beside_null(left: Expression, right: Expression) -> Expression | None:
    """The other operand, where one is a bare NULL; else None."""
    for one, two in ((left, right), (right, left)):
        if isinstance(two, Constant) and two.text is None and two.type == UNKNOWN:
            return one
    return None


def refuse_unlike_arrays(
    translate: Translating, left: Expression, right: Expression, sign: str, node: exp.Expr
) -> None:
    """Refuse arrays with different types of elements: PostgreSQL has no operator for them."""
    one, two = left.type.element, right.type.element
    if one is None or two is None or one.name == two.name or (one.is_text and two.is_text):
        return
    names = f"{left.type.name} {sign} {right.type.name}"
    raise translate.fail(f"operator does not exist: {names}", node)


def refuse_comparison(translate: Translating, kind: SqlType, sign: str, node: exp.Expr) -> None:
    """Refuse a type that PostgreSQL cannot compare, or that its storage compares differently."""
    if kind.name in ("json", "record", "json[]"):
        raise translate.fail(f"operator does not exist: {kind.name} {sign} {kind.name}", node)
    if kind.collation:
        fix = 'write COLLATE "C" after the column'
        raise translate.fail(not_comparable(kind.collation), node, fix=fix)
    is_ordering = sign in _ORDERING
    inner = kind if kind.dimensions else kind.element or kind
    for part in (kind, inner):
        if not part.is_comparable or (is_ordering and not part.is_ordered):
            raise translate.fail(f"comparing {kind.name} with {sign} is not supported", node)


# rows


def row_members(node: exp.Expr) -> list[exp.Expr] | None:
    """The members of `(a, b)` or `ROW(a, b)`; None for other nodes."""
    if isinstance(node, exp.Tuple):
        return list(node.expressions)
    if isinstance(node, exp.Anonymous) and str(node.this).lower() == "row":
        return list(node.expressions)
    return None


def _compare_rows(
    translate: Translating, node: exp.Binary, left: list[exp.Expr], right: list[exp.Expr]
) -> Expression:
    sign = _SIGNS[type(node)]
    if len(left) != len(right):
        raise translate.fail("unequal number of entries in row expressions", node)
    pairs = [(translate(a), translate(b)) for a, b in zip(left, right, strict=True)]

    def compared(index: int, sign: str) -> Expression:
        return compare_values(translate, pairs[index][0], sign, pairs[index][1], node)

    if sign not in _ORDERING:
        parts = [compared(index, sign) for index in range(len(pairs))]
        return boolean("or" if sign in ("<>", "IS DISTINCT FROM") else "and", *parts)
    # the first pair that is unequal or NULL decides (manual, "Row Constructor Comparison")
    parts = [compared(index, sign[0]) for index in range(len(pairs) - 1)]
    parts.append(compared(len(pairs) - 1, sign))
    result = parts[-1]
    for index in reversed(range(len(pairs) - 1)):
        differ = compared(index, "<>")
        tests = (differ, boolean("not", differ))
        default = Constant(None if differ.nullable else "false", BOOLEAN)
        result = Case(tests, (parts[index], result), default)
    return result


# arrays


def _quantifier(node: exp.Expr) -> tuple[str, exp.Expr] | None:
    """ANY or ALL, and the array."""
    if isinstance(node, (exp.Any, exp.All)):
        return ("any" if isinstance(node, exp.Any) else "all"), node.this.unnest()
    if isinstance(node, exp.Anonymous) and str(node.this).lower() in ("all", "some", "any"):
        word = "all" if str(node.this).lower() == "all" else "any"
        return word, node.expressions[0]
    return None


def _compare_elements(
    translate: Translating, node: exp.Binary, word: str, of: exp.Expr
) -> Expression:
    left, array = translate(node.left), members_of(translate(of))
    if array.type == UNKNOWN:
        name = "text" if left.type == UNKNOWN else left.type.name
        array = array.cast(SqlType(f"{name}[]", labels=left.type.labels))
    if array.type.element is None or array.type.is_stored_as_text:
        raise translate.fail(f"op {word.upper()} requires array on right side", node)
    element = Parameter("element", array.type.element)
    compared = compare_values(translate, left, _SIGNS[type(node)], element, node)
    return Apply(word, (array, Lambda(element, compared)), BOOLEAN)


def unpadded(text: Expression) -> Expression:
    """A text without trailing blanks."""
    return Apply("unpadded", (text,), TEXT, text.nullable)
