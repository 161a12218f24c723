"""The numeric that holds a quotient."""

from __future__ import annotations

from materializers.sql.types.sql_type import DIGITS_MAX, QUOTIENT_SCALE, numeric

QUOTIENT = numeric(DIGITS_MAX, QUOTIENT_SCALE)
