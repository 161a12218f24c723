"""Hoists the value compared with an array's elements: it is computed once, before the array
(execExprInterp.c, ExecEvalScalarArrayOp), and raises its error even for an empty array."""

from __future__ import annotations

from dataclasses import dataclass, replace

from materializers.sql.types.expression import (
    Apply,
    ColumnRef,
    Constant,
    Expression,
    Lambda,
    Parameter,
)

_LEAVES = (ColumnRef, Constant, Parameter)
_QUANTIFIERS = ("any", "all")


@dataclass(frozen=True)
class Let(Expression):
    """`body` with values for some parameters, which are computed first."""

    parameters: tuple[Parameter, ...]
    values: tuple[Expression, ...]
    body: Expression

    @property
    def children(self) -> tuple[Expression, ...]:
        return (*self.values, self.body)


def hoisted(node: Expression) -> Expression:
    """The node with the parts of the comparison that do not depend on the element hoisted."""
    if not isinstance(node, Apply) or node.name not in _QUANTIFIERS:
        return node
    array, compared = node.arguments
    assert isinstance(compared, Lambda)
    body = compared.body
    if not isinstance(body, Apply):
        return node
    taken = {
        place: Parameter(f"{node.name} {id(node)} {place}", value.type, value.nullable)
        for place, value in enumerate(body.arguments)
        if not isinstance(value, ColumnRef | Constant | Parameter)
        and not _reads(value, compared.parameter)
    }
    if not taken:
        return node
    arguments = tuple(taken.get(place, value) for place, value in enumerate(body.arguments))
    inner = replace(compared, body=replace(body, arguments=arguments))
    values = tuple(body.arguments[place] for place in taken)
    return Let(tuple(taken.values()), values, replace(node, arguments=(array, inner)))


def _reads(value: Expression, parameter: Parameter) -> bool:
    return any(isinstance(each, Parameter) and each.name == parameter.name for each in value.walk())
