"""ORDER BY of aggregates, windows and nested SELECTs (manual, "Sorting Rows")."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlglot import exp

from materializers.sql.expressions.translator import Translator
from materializers.sql.types.comparison_key import order_key, refusal
from materializers.sql.types.expression import Expression
from materializers.sql.types.sort_key import Order, SortKey


def sort_keys(
    ordered: Sequence[exp.Expr],
    translate: Translator,
    column: Callable[[Expression], Expression] = lambda value: value,
) -> Order:
    """The sort keys of ORDER BY items. `column`: turns a value into a column, where it must be one.
    Raises ViewError for a type without order."""
    return tuple(sort_key(item, column(_value(item, translate))) for item in ordered)


def sort_key(item: exp.Expr, value: Expression) -> SortKey:
    """The value with the item's direction. Unless the item says otherwise, NULL is last in
    ascending and first in descending order, as in PostgreSQL."""
    return SortKey(value, bool(item.args.get("desc")), bool(item.args.get("nulls_first")))


def _value(item: exp.Expr, translate: Translator) -> Expression:
    value = translate(item.this)
    key = order_key(value)
    if key is None:
        message, fix = refusal(value.type, "ORDER BY")
        raise translate.fail(message, item, fix=fix)
    return key
