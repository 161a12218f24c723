"""`+ - * /` where a date, a time or an interval takes part (manual, "Date/Time Operators")."""

from __future__ import annotations

from collections.abc import Mapping

from materializers.engines.rows.meaning import Said, Source
from materializers.engines.rows.times import interval, moment

_DATE, _TIME, _SPAN = "date", "time without time zone", "interval"
_MOMENTS = ("timestamp without time zone", "timestamp with time zone")
_WHOLE = ("smallint", "integer", "bigint")
_FACTOR = "double precision"

_TIMES_INTERVAL = Source("{multiply}({1}, {0})", {"multiply": interval.multiply})

TIME_OPERATIONS: Mapping[tuple[str, ...], Said] = {
    **{("+", _DATE, whole): moment.date_plus_days for whole in _WHOLE},
    **{("+", whole, _DATE): moment.days_plus_date for whole in _WHOLE},
    **{("-", _DATE, whole): moment.date_minus_days for whole in _WHOLE},
    ("-", _DATE, _DATE): moment.days_between,
    ("+", _DATE, _TIME): moment.date_plus_time,
    ("+", _TIME, _DATE): moment.time_plus_date,
    ("-", _TIME, _TIME): moment.between_times,
    ("+", _TIME, _SPAN): moment.time_plus,
    ("-", _TIME, _SPAN): moment.time_minus,
    **{("+", kind, _SPAN): moment.plus for kind in _MOMENTS},
    **{("+", _SPAN, kind): moment.span_plus for kind in _MOMENTS},
    **{("-", kind, _SPAN): moment.minus for kind in _MOMENTS},
    **{("-", kind, kind): moment.between for kind in _MOMENTS},
    ("+", _SPAN, _SPAN): interval.add,
    ("-", _SPAN, _SPAN): interval.subtract,
    ("-", _SPAN): interval.negated,
    ("*", _SPAN, _FACTOR): interval.multiply,
    ("*", _FACTOR, _SPAN): _TIMES_INTERVAL,
    ("/", _SPAN, _FACTOR): interval.divide,
}
"""By the operator and the names of the types on its sides."""
