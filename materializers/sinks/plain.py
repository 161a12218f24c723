"""Rows as plain JSON values: the form in which rows of any sink can be compared.

integer -> int, numeric -> Decimal, float -> float, boolean -> bool, json -> its value with exact
numbers (int or Decimal), date and timestamps -> ISO 8601 as PostgreSQL's `to_json` writes them
in UTC (`2026-01-02T03:04:05.12`, `…+00:00`), bytea -> base64, everything else -> PostgreSQL's
text. NULL -> None. Numbers that JSON lacks are strings: `NaN`, `Infinity`, `-Infinity`.
"""

from __future__ import annotations

import base64
import datetime as dt
import json
import math
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from materializers.sinks.kind import Kind, is_array, kind_of
from materializers.view import ViewSchema

PlainRow = dict[str, Any]


def parse_json(text: str | bytes) -> Any:
    """A JSON value with exact fractional numbers."""
    return json.loads(text, parse_float=Decimal)


def plain_document(schema: ViewSchema, document: Mapping[str, Any]) -> PlainRow:
    """A document from `parse_json` as a plain row of the view."""
    return {
        column.name: _plain_number(kind_of(column.type_name), document.get(column.name))
        for column in schema.columns
    }


def _plain_number(kind: Kind, value: Any) -> Any:
    if value is None or kind is Kind.JSON or isinstance(value, (str, bool)):
        return value
    if isinstance(value, list):
        return [_plain_number(kind, element) for element in value]
    if kind is Kind.FLOAT:
        return float(value)
    return Decimal(value) if kind is Kind.NUMERIC else value


def plain_text(type_name: str, text: str) -> Any:
    """A value from its text, for sinks that store texts only."""
    kind = kind_of(type_name)
    if is_array(type_name):
        return _plain_number(kind, parse_json(text))
    return _plain_scalar(kind, text)


def _plain_scalar(kind: Kind, text: str) -> Any:
    if kind is Kind.INTEGER:
        return int(text)
    if kind is Kind.BOOLEAN:
        return text == "true"
    if kind is Kind.JSON:
        return parse_json(text)
    if kind in (Kind.FLOAT, Kind.NUMERIC):
        is_number = text not in ("NaN", "Infinity", "-Infinity")
        return _plain_number(kind, Decimal(text)) if is_number else text
    return text


def plain_value(kind: Kind, value: Any) -> Any:
    """A value from Arrow's `as_py`."""
    if value is None:
        return None
    if isinstance(value, list):
        return [plain_value(kind, element) for element in value]
    if kind is Kind.JSON and isinstance(value, str):
        return parse_json(value)
    if isinstance(value, str):
        return _plain_scalar(kind, value) if kind is Kind.NUMERIC else value
    convert = next((do for type_, do in _CONVERSIONS if isinstance(value, type_)), None)
    return _plain_number(kind, convert(value) if convert else value)


def _plain_float(value: float) -> float | str:
    if math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def _plain_timestamp(value: dt.datetime) -> str:
    zone = "+00:00" if value.tzinfo else ""
    moment = value.astimezone(dt.UTC) if value.tzinfo else value
    return _without_zeros(moment.replace(tzinfo=None)) + zone


def _without_zeros(value: dt.datetime | dt.time) -> str:
    text = value.isoformat()
    return text.rstrip("0") if "." in text else text


_CONVERSIONS: tuple[tuple[type, Callable[[Any], Any]], ...] = (
    (float, _plain_float),
    (dt.datetime, _plain_timestamp),
    (dt.date, dt.date.isoformat),
    (dt.time, _without_zeros),
    (bytes, lambda value: base64.b64encode(value).decode()),
)
