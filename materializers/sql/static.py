"""VALUES -> a relation of constant rows."""

from __future__ import annotations

from sqlglot import exp

from materializers.sql.expressions.translator import Translator
from materializers.sql.planned import Planned
from materializers.sql.relations.relation import Column
from materializers.sql.relations.values import Values
from materializers.sql.scope import Field
from materializers.sql.types.expression import Constant, Expression
from materializers.sql.types.sql_type import resulting


def plan_values(node: exp.Values, translate: Translator, alias: str) -> Planned:
    """The rows of VALUES, with PostgreSQL's column names (`column1`, …). A column whose values all
    differ is a key. Raises ViewError if the rows differ in length or type."""
    rows = [list(each.expressions) for each in node.expressions]
    if any(len(row) != len(rows[0]) for row in rows):
        raise translate.fail("VALUES lists must all be the same length", node)
    columns, fields, listed, keys = [], [], [], []
    for index in range(len(rows[0])):
        values = [translate(row[index]) for row in rows]
        kind, unified = translate.unify(values, node, "VALUES", resulting)
        name = f"column{index + 1}"
        column = Column(f"{alias}.{name}", kind, any(v.nullable for v in values))
        columns.append(column)
        fields.append(Field(name, column.name, kind, column.nullable))
        listed.append(unified)
        if len(set(unified)) == len(rows) and all(_is_plain(v) for v in values):
            keys.append(frozenset([column.name]))
    lines = tuple(zip(*listed, strict=True))
    return Planned(Values(lines, tuple(columns), tuple(keys)), tuple(fields))


def _is_plain(value: Expression) -> bool:
    """Whether it is a text or whole number whose written form decides equality."""
    return (
        isinstance(value, Constant)
        and not value.nullable
        and (value.literal is not None or value.type.is_integer)
    )
