"""`jsonb_to_recordset(…) AS r(a integer, …)`: JSON objects as rows with the listed columns
(manual, "JSON Processing Functions"; jsonfuncs.c, populate_record_field)."""

from __future__ import annotations

from sqlglot import exp

from materializers.sql.expressions.casts import cast_to
from materializers.sql.expressions.json_operators import at_step
from materializers.sql.functions.call import Call
from materializers.sql.functions.sets import SetColumn
from materializers.sql.types.expression import Apply, Constant, Expression, Lambda, Parameter
from materializers.sql.types.sql_type import JSONB_TEXT, array_of

RECORD_FUNCTIONS = frozenset({"jsonb_to_record", "jsonb_to_recordset"})


def record_columns(call: Call, definitions: list[exp.Expr]) -> tuple[SetColumn, ...]:
    """The columns of such a call. Raises ViewError (by `call.fail`) unless they are listed with
    types to which JSON can be converted here."""
    call.expect(1)
    value = call.arguments[0]
    if value.literal is not None:
        value = value.cast(JSONB_TEXT)
    if value.type != JSONB_TEXT:
        raise call.fail(f"{call.name}() takes jsonb in its own text, not {value.type.name}")
    if not definitions or not all(isinstance(each, exp.ColumnDef) for each in definitions):
        raise call.fail(f"{call.name}() needs a list of columns with their types")
    name = "only element" if call.name == "jsonb_to_record" else "json elements"
    objects = Apply(name, (value,), array_of(JSONB_TEXT), value.nullable)
    return tuple(_column(call, objects, each) for each in definitions)


def _column(call: Call, objects: Expression, definition: exp.Expr) -> SetColumn:
    kind, key = definition.args["kind"], definition.name
    whole = Parameter("o", JSONB_TEXT)
    if kind.sql(dialect="postgres").lower() == "jsonb":
        member = at_step(whole, "->", Constant(key))
        made: Expression | None = Apply("unless json null", (member,), JSONB_TEXT)
    else:
        made = cast_to(at_step(whole, "->>", Constant(key)), kind)
    if made is None:
        raise call.fail(f"{kind.sql(dialect='postgres')} of JSON is not supported here")
    field = Apply("of object", (whole, made), made.type, options=(call.name,))
    values = Apply("each", (objects, Lambda(whole, field)), array_of(made.type))
    return SetColumn(values, made.type, key)
