"""Aggregates of pairs of floats: covariance, correlation, regression (manual, "Aggregate Functions
for Statistics")."""

from __future__ import annotations

from materializers.sql.aggregates.written_call import Binding, WrittenCall
from materializers.sql.types.aggregate_call import AggregateCall
from materializers.sql.types.sql_type import BIGINT, DOUBLE, UNKNOWN

_NAMES = (
    "covar_pop", "covar_samp", "corr", "regr_avgx", "regr_avgy", "regr_sxx", "regr_syy", "regr_sxy",
    "regr_slope", "regr_intercept", "regr_r2", "regr_count",
)  # fmt: skip


def _regression(call: WrittenCall) -> AggregateCall:
    if not all(a.type.is_number or a.type == UNKNOWN for a in call.arguments):
        raise call.fail(f"{call.name}() takes numbers")
    if call.distinct:
        raise call.fail(f"{call.name}(DISTINCT …) is not supported")
    kind = BIGINT if call.name == "regr_count" else DOUBLE
    return call.bound(kind, *(value.cast(DOUBLE) for value in call.arguments))


REGRESSIONS: dict[str, Binding] = dict.fromkeys(_NAMES, _regression)
