"""Which expressions may raise an error: division by zero, a number out of range, an invalid text.

Such an expression must not be evaluated where PostgreSQL does not evaluate it. The lists here name
what never raises, so a new function counts as one that may.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from materializers.sql.types.expression import (
    Apply,
    Case,
    Cast,
    ColumnRef,
    Constant,
    Expression,
    Lambda,
    Parameter,
    boolean,
)
from materializers.sql.types.sql_type import DIGITS_MAX, TEXT, SqlType, as_numeric

_LOGIC = frozenset(
    {"and", "or", "not", "is null", "is not null", "is true", "is not true", "is false",
     "is not false", "coalesce", "same"}
)  # fmt: skip
_UNCOUNTED = _LOGIC | {"array", "any", "all"}
_NEVER = _LOGIC | {
    "=", "<>", "<", "<=", ">", ">=", "IS NOT DISTINCT FROM", "IS DISTINCT FROM", "in", "any", "all",
    "unpadded", "json key", "interval key", "greatest", "least",
    "&", "|", "#", "bitwise not",
    "~", "~*", "regexp_like", "regexp_replace", "regexp_match", "regexp_substr", "regexp_count",
    "lower", "upper", "initcap", "translate", "length", "char_length", "character_length",
    "replace", "strpos", "starts_with", "md5", "trim", "ltrim", "rtrim", "btrim", "left", "right",
    "reverse", "concat", "concat_ws", "||", "octet_length", "bit_length", "to_hex", "ascii",
    "quote_literal", "quote_nullable", "num_nulls", "num_nonnulls", "text", "output", "varchar",
    "bpchar", "sign", "isfinite", "finite", "extract", "date_part",
    "->", "->>", "#>", "#>>", "?", "?|", "?&", "json_typeof", "jsonb_typeof", "jsonb @>",
    "array", "subscript", "slice", "array @>", "array &&", "array_length", "array_upper",
    "array_lower", "array_ndims", "cardinality", "array_position", "array_positions",
}  # fmt: skip
_WIDER = {
    "smallint": frozenset({"integer", "bigint", "128-bit integer", "real", "double precision"}),
    "integer": frozenset({"bigint", "128-bit integer", "double precision"}),
    "bigint": frozenset({"128-bit integer"}),
    "real": frozenset({"double precision"}),
}


def may_raise(expression: Expression) -> bool:
    """Whether evaluating it for a row may raise an error. An expression that reads no column does
    not count: PostgreSQL evaluates it once, before the first row."""
    return any(_is_risky(node) and _reads_rows(node) for node in expression.walk())


def evaluation_cost(expression: Expression) -> float:
    """PostgreSQL's estimate of the cost, by which it orders the conditions of a WHERE: one for each
    function or operator, and half of a list's elements (costsize.c)."""
    return sum(_calls(node) for node in expression.walk())


def _calls(node: Expression) -> float:
    if isinstance(node, Apply):
        if node.name == "by rows":  # computed already; twice the cost is its option
            return int(node.options[0]) / 2
        if node.name == "in":
            return (len(node.arguments) - 1) / 2
        return 0 if node.name in _UNCOUNTED else 1
    return isinstance(node, Cast)


def conjuncts_of(condition: Expression | None) -> Iterator[Expression]:
    """The operands of the ANDs at the top of a condition, in order."""
    waiting = [condition] if condition is not None else []
    while waiting:
        each = waiting.pop()
        parts = _parts(each)
        if parts is None:
            yield each
        else:
            waiting += reversed(parts)


def _parts(condition: Expression) -> tuple[Expression, ...] | None:
    """The operands of an AND, or of a negated OR; None for another condition."""
    match condition:
        case Apply(name="and", arguments=parts):
            return parts
        case Apply(name="not", arguments=(Apply(name="not", arguments=parts),)):
            return parts
        case Apply(name="not", arguments=(Apply(name="or", arguments=parts),)):
            return tuple(boolean("not", each) for each in parts)
    return None


def _is_risky(node: Expression) -> bool:
    match node:
        case Apply():
            rule = _RULES.get(node.name)
            return node.name not in _NEVER if rule is None else not rule(node)
        case Cast():
            return not _holds(node.type, node.value.type)
        case ColumnRef() | Constant() | Case() | Lambda() | Parameter():
            return False
    return False  # a nested SELECT is joined before any condition is tested


def _reads_rows(node: Expression) -> bool:
    return any(each.own_columns or isinstance(each, Parameter) for each in node.walk())


def _holds(kind: SqlType, source: SqlType) -> bool:
    """Whether every value of `source` fits `kind`."""
    if kind == source or kind.is_text or source.name == "unknown":
        return True
    if kind.name == "numeric" and (source.is_integer or source.name == "numeric"):
        one = as_numeric(source)
        return kind.scale >= one.scale and kind.precision - kind.scale >= one.precision - one.scale
    return kind.name in _WIDER.get(source.name, ()) or kind.name == source.name != "numeric"


def _fits(node: Apply) -> bool:
    """Whether a result of that many digits always fits."""
    if node.type.name != "numeric" or len(node.arguments) != 2:
        return False
    return sum(as_numeric(each.type).precision for each in node.arguments) < DIGITS_MAX


def _is_fraction(node: Apply) -> bool:
    """Whether every value can be negated; the smallest integer cannot."""
    return not node.arguments[0].type.is_integer


def _has_constant_pattern(node: Apply) -> bool:
    pattern = node.arguments[1]
    return isinstance(pattern, Constant) and not (pattern.text or "").endswith("\\")


def _is_without_length(node: Apply) -> bool:
    return len(node.arguments) == 2 and node.type == TEXT


_RULES: dict[str, Callable[[Apply], bool]] = {
    **dict.fromkeys("+-*", _fits),
    **dict.fromkeys(("like", "ilike", "not like", "not ilike"), _has_constant_pattern),
    **dict.fromkeys(("abs", "floor", "ceil", "ceiling"), _is_fraction),
    "substring": _is_without_length,
}
