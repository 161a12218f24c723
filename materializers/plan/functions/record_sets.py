"""`jsonb_to_recordset(…) AS r(a integer, …)`: JSON objects as rows of the columns that are listed
(manual, "JSON Processing Functions"; jsonfuncs.c, populate_record_field)."""

from __future__ import annotations

from sqlglot import exp

from materializers.plan.expressions.casts import cast_to
from materializers.plan.expressions.json_operators import extracted, has_odd_key
from materializers.plan.functions.call import Call
from materializers.plan.functions.sets import SetColumn
from materializers.plan.types.expression import Expression, Words
from materializers.plan.types.sql_type import JSONB_TEXT

RECORD_FUNCTIONS = frozenset({"jsonb_to_record", "jsonb_to_recordset"})


def record_columns(call: Call, definitions: list[exp.Expr]) -> tuple[SetColumn, ...]:
    """The columns of such a call. Raises what `call.fail` makes where they are not listed with
    their types, or one has a type that no JSON is made here."""
    call.expect(1)
    value = call.arguments[0]
    if value.literal is not None:
        value = value.cast(JSONB_TEXT)
    if value.type != JSONB_TEXT:
        raise call.fail(f"{call.name}() takes jsonb in its own text, not {value.type.name}")
    if not definitions or not all(isinstance(each, exp.ColumnDef) for each in definitions):
        raise call.fail(f"{call.name}() needs a list of columns with their types")
    objects = f"pg_json_elements_spaced({value.sql})"
    if call.name == "jsonb_to_record":
        objects = f"[{value.sql}]"
    return tuple(_column(call, objects, each) for each in definitions)


def _column(call: Call, objects: str, definition: exp.Expr) -> SetColumn:
    kind = definition.args["kind"]
    if has_odd_key([[definition.name]]):
        raise call.fail("the keys * and the empty one are not supported")
    is_json = kind.sql(dialect="postgres").lower() == "jsonb"
    found = extracted(Words("o", JSONB_TEXT), [[definition.name]], is_text=not is_json)
    if is_json:
        made: Expression | None = Words(f"nullif({found.sql}, 'null')", JSONB_TEXT, True)
    else:
        made = cast_to(found, kind)
    if made is None:
        raise call.fail(f"{kind.sql(dialect='postgres')} of JSON is not supported here")
    wrong = f"error('{call.name}() takes objects')"
    sql = f"CASE WHEN o[1] <> '{{' THEN {wrong} ELSE {made.sql} END"
    return SetColumn(f"list_transform({objects}, lambda o: {sql})", made.type, definition.name)
