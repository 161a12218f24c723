"""Nodes that stand for an expression that is translated already."""

from __future__ import annotations

from sqlglot import exp

from materializers.sql.scope import Field
from materializers.sql.types.expression import Expression

_KNOWN = "expression"


def known(value: Expression, name: str = "known") -> exp.Column:
    """A node that stands for an expression that is translated already."""
    node = exp.column(name, quoted=True)
    node.meta[_KNOWN] = value
    return node


def known_value(node: exp.Expr) -> Expression | None:
    """What a node made by `known` stands for."""
    found = node.meta.get(_KNOWN) if isinstance(node, exp.Column) else None
    return found if isinstance(found, Expression) else None


def known_field(field: Field) -> exp.Column:
    """A node that stands for a column."""
    return known(field.as_expression(), field.column)
