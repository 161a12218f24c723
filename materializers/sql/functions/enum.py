"""Enum functions (manual, "Enum Support Functions"). Their result depends on the argument's type
alone, so it is a constant."""

from __future__ import annotations

from materializers.sql.functions.call import Call, Functions
from materializers.sql.types.expression import Constant, Expression
from materializers.sql.types.sql_type import SqlType, array_of


def _enum(call: Call) -> SqlType:
    kind = call.arguments[0].type
    if not kind.labels or kind.element is not None:
        raise call.fail(f"{call.name}() takes an enum, not {kind.name}")
    return kind


def _first(call: Call) -> Expression:
    call.expect(1)
    kind = _enum(call)
    return Constant(kind.labels[0], kind)


def _last(call: Call) -> Expression:
    call.expect(1)
    kind = _enum(call)
    return Constant(kind.labels[-1], kind)


def _range(call: Call) -> Expression:
    call.expect(1)
    kind = _enum(call)
    quoted = (label.replace("\\", "\\\\").replace('"', '\\"') for label in kind.labels)
    return Constant("{" + ",".join(f'"{label}"' for label in quoted) + "}", array_of(kind))


ENUM_FUNCTIONS: Functions = {"enum_first": _first, "enum_last": _last, "enum_range": _range}
