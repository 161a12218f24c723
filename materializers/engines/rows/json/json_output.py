"""Values as JSON (json.c, datum_to_json; jsonb.c, datum_to_jsonb)."""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Decimal

from materializers.engines.rows.json.json_value import jsonb_input, string
from materializers.engines.rows.numbers.float_text import double_output, single_output
from materializers.engines.rows.times.moment_output import timestamp_json, timestamptz_json
from materializers.engines.rows.type_io import output_of
from materializers.engines.rows.values import Value
from materializers.sql.types.sql_type import SqlType

Writer = Callable[[Value], str]
"""Writes a value, never NULL, as JSON."""

_PLAIN_MOMENTS: dict[str, Callable[[int], str]] = {
    "timestamp without time zone": timestamp_json,
    "timestamp with time zone": timestamptz_json,
}


def json_writer(kind: SqlType) -> Writer:
    """Writes a type as `to_json` does, without spaces."""
    if kind.element is not None:
        return _array(json_writer(kind.element), ",")
    if kind.name == "record":
        return _record(kind, json_writer, ":", ",")
    return str if kind.name in ("json", "jsonb") else _scalar(kind)


def jsonb_writer(kind: SqlType) -> Writer:
    """Writes a type as `to_jsonb` does, in jsonb's text."""
    if kind.element is not None:
        return _array(jsonb_writer(kind.element), ", ")
    if kind.name == "record":
        write = _record(kind, jsonb_writer, ": ", ", ")
        return lambda value: jsonb_input(write(value))
    if kind.name == "json":
        return jsonb_input
    if kind.is_float:
        plain = _scalar(kind)
        return lambda value: jsonb_input(plain(value))
    return str if kind.name == "jsonb" else _scalar(kind)


def nullable_writer(write: Writer) -> Callable[[Value | None], str]:
    """The writer, with `null` for NULL."""
    return lambda value: "null" if value is None else write(value)


def _scalar(kind: SqlType) -> Writer:
    if kind.name == "boolean":
        return lambda value: "true" if value else "false"
    if kind.is_integer:
        return str
    if kind.is_float:
        return _float(single_output if kind.name == "real" else double_output)
    if kind.name == "numeric":
        return _numeric
    if (moment := _PLAIN_MOMENTS.get(kind.name)) is not None:
        return lambda value: f'"{moment(value)}"'
    write = output_of(kind)
    return lambda value: string(write(value))


def _float(write: Callable[[float], str]) -> Writer:
    return lambda value: write(value) if math.isfinite(value) else f'"{write(value)}"'


def _numeric(value: Decimal) -> str:
    return f"{value:f}" if value.is_finite() else f'"{value:f}"'


def _array(element: Writer, comma: str) -> Writer:
    write = nullable_writer(element)
    return lambda value: f"[{comma.join([write(each) for each in value])}]"


def _record(kind: SqlType, writer: Callable[[SqlType], Writer], colon: str, comma: str) -> Writer:
    fields = [(string(name) + colon, nullable_writer(writer(field))) for name, field in kind.fields]

    def write(value: tuple[Value, ...]) -> str:
        shown = [
            name + write_field(each)
            for (name, write_field), each in zip(fields, value, strict=True)
        ]
        return f"{{{comma.join(shown)}}}"

    return write


def object_text(pairs: list[tuple[str, str]]) -> str:
    """A jsonb object of keys and written values."""
    members = dict(pairs)
    names = sorted(members, key=lambda name: (len(name.encode()), name.encode()))
    return "{" + ", ".join([f"{string(name)}: {members[name]}" for name in names]) + "}"
