"""variance and stddev (numeric.c, numeric_stddev_internal)."""

from __future__ import annotations

from materializers.sql.aggregates.written_call import Binding, WrittenCall
from materializers.sql.types.aggregate_call import AggregateCall
from materializers.sql.types.output import has_display_scale
from materializers.sql.types.sql_type import DOUBLE, QUOTIENT, UNKNOWN, WIDE, Outgrown

SCALE_MAX = 8
"""Decimals of a narrow argument: its squares and their quotient must fit into 38 digits."""


def _deviation(call: WrittenCall) -> AggregateCall:
    value = call.arguments[0]
    value = value.cast(DOUBLE) if value.type == UNKNOWN else value
    if not value.type.is_number:
        raise call.fail(f"{call.name}({value.type.name}) is not supported")
    if call.distinct:
        raise call.fail(f"{call.name}(DISTINCT …) is not supported")
    if value.type.is_float:
        return call.bound(DOUBLE, value.cast(DOUBLE))
    if value.type.is_wide or call.is_wide or value.type.scale > SCALE_MAX:
        return call.bound(WIDE, value.cast(WIDE))
    if value.type.name == "numeric" and not has_display_scale(value.type):
        raise Outgrown
    return call.bound(QUOTIENT, value)


DEVIATIONS: dict[str, Binding] = dict.fromkeys(
    ("variance", "var_samp", "var_pop", "stddev", "stddev_samp", "stddev_pop"), _deviation
)
