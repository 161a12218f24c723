"""`+ - * /` where a date, a time or an interval takes part (manual, "Date/Time Operators")."""

from __future__ import annotations

from collections.abc import Mapping

from materializers.engines.rows.meaning import Said

TIME_OPERATIONS: Mapping[tuple[str, ...], Said] = {}
"""By the operator and the names of the types on its sides."""
