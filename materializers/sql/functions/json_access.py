"""Functions that read JSON: its type, its length, the value at a path (manual, "JSON Functions and
Operators")."""

from __future__ import annotations

from materializers.sql.expressions.json_operators import by_keys
from materializers.sql.functions.call import ARGUMENTS_MAX, Call, Function, Functions
from materializers.sql.types.expression import Expression
from materializers.sql.types.sql_type import INTEGER, JSONB_TEXT, TEXT, SqlType


def _json(call: Call) -> Expression:
    value = call.arguments[0]
    wanted = "jsonb" if call.name.startswith("jsonb") else "json"
    if wanted == "jsonb" and value.literal is not None:
        return value.cast(JSONB_TEXT)
    if value.type.name != wanted:
        raise call.fail(f"{call.name}() takes {wanted}, not {value.type.name}")
    return value


def _measured(kind: SqlType) -> Function:
    """A function of one JSON value with the result type `kind`."""

    def bind(call: Call) -> Expression:
        call.expect(1)
        return call.apply(kind, _json(call))

    return bind


def _extract(call: Call) -> Expression:
    call.expect(2, ARGUMENTS_MAX)
    keys = [argument.literal for argument in call.arguments[1:]]
    if None in keys:
        raise call.fail(f"the path of {call.name}() must be constant texts")
    return by_keys(_json(call), keys, call.fail, is_text=call.name.endswith("_text"))


JSON_ACCESS_FUNCTIONS: Functions = {
    f"{kind}_{name}": function
    for kind in ("json", "jsonb")
    for name, function in {
        "typeof": _measured(TEXT),
        "array_length": _measured(INTEGER),
        "extract_path": _extract,
        "extract_path_text": _extract,
    }.items()
}
