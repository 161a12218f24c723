"""Casts between dates and times, and between json and jsonb."""

from __future__ import annotations

from collections.abc import Mapping

from materializers.engines.rows.json.json_value import jsonb_input
from materializers.engines.rows.meaning import Function
from materializers.engines.rows.times.moment import date_of_moment, moment_of_date

_TIMESTAMP, _TIMESTAMPTZ = "timestamp without time zone", "timestamp with time zone"

TIME_CONVERSIONS: Mapping[tuple[str, str], Function] = {
    **{("date", moment): moment_of_date for moment in (_TIMESTAMP, _TIMESTAMPTZ)},
    **{(moment, "date"): date_of_moment for moment in (_TIMESTAMP, _TIMESTAMPTZ)},
}
SAME_TIMES = frozenset({(_TIMESTAMP, _TIMESTAMPTZ), (_TIMESTAMPTZ, _TIMESTAMP)})
"""The session's zone is UTC."""

JSON_CONVERSIONS: Mapping[tuple[str, str], Function] = {
    ("json", "jsonb"): jsonb_input,
}
SAME_JSONS = frozenset({("jsonb", "json")})
