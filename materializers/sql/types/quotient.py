"""The numeric that holds a quotient."""

from __future__ import annotations

from materializers.sql.types.sql_type import DIGITS_MAX, numeric

QUOTIENT_SCALE = 24
"""Decimals kept of a numeric quotient: exact for quotients from 1e-7 to 1e14, else an error."""

QUOTIENT = numeric(DIGITS_MAX, QUOTIENT_SCALE)
