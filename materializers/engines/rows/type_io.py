"""Values from PostgreSQL's texts and back: the input and output function of each type, and the cast
to text, which differs from the output for boolean and character(n)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from materializers.engines.rows.array_text import array_input, array_output
from materializers.engines.rows.failure import Unsupported
from materializers.engines.rows.number_text import NUMBER_INPUTS, NUMBER_OUTPUTS
from materializers.engines.rows.plain_text import PLAIN_INPUTS, PLAIN_OUTPUTS
from materializers.engines.rows.values import Value
from materializers.plan.types.sql_type import SqlType

INPUTS: Mapping[str, Callable[[str], Value]] = {**NUMBER_INPUTS, **PLAIN_INPUTS}
OUTPUTS: Mapping[str, Callable[[Value], str]] = {**NUMBER_OUTPUTS, **PLAIN_OUTPUTS}
"""By the name of a type; one that stands in neither is a text."""

PENDING = frozenset(
    {"date", "time without time zone", "timestamp without time zone", "timestamp with time zone",
     "interval", "json", "jsonb"}
)  # fmt: skip
"""Types whose texts cannot be read yet."""

_SPECIAL = re.compile(r'[",\\()\s]')


def input_of(kind: SqlType) -> Callable[[str], Value]:
    """What reads a text of the type; it raises EvaluationError."""
    if kind.element is not None:
        return array_input(input_of(kind.element), kind.name)
    if kind.name == "character" and kind.precision:
        return lambda text: text.ljust(kind.precision)
    if kind.name in PENDING and kind.name not in INPUTS:
        raise Unsupported(f"input of {kind.name}")
    return INPUTS.get(kind.name, str)


def output_of(kind: SqlType) -> Callable[[Value], str]:
    """What the type's output function writes."""
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
