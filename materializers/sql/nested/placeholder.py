"""Parsed nodes that stand for an expression that is translated already."""

from __future__ import annotations

from sqlglot import exp

from materializers.sql.scope import Field
from materializers.sql.types.expression import Expression

_EXPRESSION = "expression"


def placeholder(value: Expression, name: str = "placeholder") -> exp.Column:
    """A node that stands for this expression."""
    node = exp.column(name, quoted=True)
    node.meta[_EXPRESSION] = value
    return node


def placeholder_value(node: exp.Expr) -> Expression | None:
    """The expression of a node made by `placeholder`; None for other nodes."""
    value = node.meta.get(_EXPRESSION) if isinstance(node, exp.Column) else None
    return value if isinstance(value, Expression) else None


def field_placeholder(field: Field) -> exp.Column:
    """A node that stands for this column."""
    return placeholder(field.as_expression(), field.column)
