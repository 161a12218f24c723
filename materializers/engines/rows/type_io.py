"""Values from PostgreSQL's texts and back: the input and output function of each type, and the cast
to text, which differs from the output for boolean and character(n)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from materializers.engines.rows.arrays.array_text import array_input, array_output
from materializers.engines.rows.json.json_value import json_input, jsonb_input
from materializers.engines.rows.numbers.number_text import NUMBER_INPUTS, NUMBER_OUTPUTS
from materializers.engines.rows.texts.plain_text import PLAIN_INPUTS, PLAIN_OUTPUTS
from materializers.engines.rows.times.interval_input import interval_input
from materializers.engines.rows.times.interval_output import interval_output
from materializers.engines.rows.times.moment_input import MOMENT_INPUTS
from materializers.engines.rows.times.moment_output import MOMENT_OUTPUTS
from materializers.engines.rows.values import Value
from materializers.sql.types.sql_type import SqlType

INPUTS: Mapping[str, Callable[[str], Value]] = {
    **NUMBER_INPUTS,
    **PLAIN_INPUTS,
    **MOMENT_INPUTS,
    "interval": interval_input,
    "json": json_input,
    "jsonb": jsonb_input,
}
OUTPUTS: Mapping[str, Callable[[Value], str]] = {
    **NUMBER_OUTPUTS,
    **PLAIN_OUTPUTS,
    **MOMENT_OUTPUTS,
    "interval": interval_output,
}
"""By the name of a type; one that stands in neither is a text."""

_SPECIAL = re.compile(r'[",\\()\s]', re.ASCII)


def input_of(kind: SqlType) -> Callable[[str], Value]:
    """What reads a text of the type; it raises EvaluationError."""
    if kind.dimensions:
        return str
    if kind.element is not None:
        return array_input(input_of(kind.element), kind.name)
    if kind.name == "character" and kind.precision:
        return lambda text: text.ljust(kind.precision)
    return INPUTS.get(kind.name, str)


def output_of(kind: SqlType) -> Callable[[Value], str]:
    """What the type's output function writes."""
    if kind.dimensions:
        return str
    if kind.element is not None:
        return array_output(output_of(kind.element))
    if kind.name == "record":
        return _record_output([output_of(field) for _, field in kind.fields])
    return OUTPUTS.get(kind.name, str)


def text_of(kind: SqlType) -> Callable[[Value], str]:
    """`value::text`."""
    if kind.name == "boolean":
        return lambda value: "true" if value else "false"
    if kind.name == "character":
        return lambda value: str(value).rstrip(" ")
    return output_of(kind)


def _record_output(fields: list[Callable[[Value], str]]) -> Callable[[Value], str]:
    def output(value: tuple[Value, ...]) -> str:
        shown = [
            "" if each is None else _quoted(write(each))
            for write, each in zip(fields, value, strict=True)
        ]
        return f"({','.join(shown)})"

    return output


def _quoted(text: str) -> str:
    """A field of a record; quotes and backslashes are doubled."""
    if text and not _SPECIAL.search(text):
        return text
    doubled = text.replace("\\", "\\\\").replace('"', '""')
    return f'"{doubled}"'
