"""Conversions of `Cast` nodes, between types that can both represent the value (manual, "Type
Conversion")."""

from __future__ import annotations

from collections.abc import Mapping

from materializers.engines.rows.failure import Unsupported
from materializers.engines.rows.json.json_value import jsonb_input
from materializers.engines.rows.meaning import Function
from materializers.engines.rows.numbers.number_casts import number_conversion
from materializers.engines.rows.times.moment import date_of_moment, moment_of_date
from materializers.engines.rows.type_io import input_of, text_of
from materializers.sql.types.sql_type import SqlType

_TIMESTAMP, _TIMESTAMPTZ = "timestamp without time zone", "timestamp with time zone"

CONVERSIONS: Mapping[tuple[str, str], Function] = {
    **{("date", moment): moment_of_date for moment in (_TIMESTAMP, _TIMESTAMPTZ)},
    **{(moment, "date"): date_of_moment for moment in (_TIMESTAMP, _TIMESTAMPTZ)},
    ("json", "jsonb"): jsonb_input,
}
"""By the names of both types; without numbers and texts."""
UNCHANGED = frozenset(
    {(_TIMESTAMP, _TIMESTAMPTZ), (_TIMESTAMPTZ, _TIMESTAMP), ("jsonb", "json"),
     ("real", "double precision")}
)  # fmt: skip
"""Pairs of types with the same representation; the session's time zone is UTC."""


def conversion(source: SqlType, target: SqlType) -> Function | None:
    """The strict conversion; None where the representation is the same. Raises Unsupported."""
    names = (source.name, target.name)
    if names in UNCHANGED or (source.name == target.name and source.element is None):
        return None
    if (convert := CONVERSIONS.get(names)) is not None:
        return convert
    if target.dimensions and source.name == "text":
        return None
    if source.name == "unknown":
        return input_of(target)
    if source.is_text and target.is_text:
        return unpadded if source.name == "character" else None
    if target.is_text:
        return text_of(source)
    if source.element is not None and target.element is not None:
        inner = conversion(source.element, target.element)
        return None if inner is None else each_element(inner)
    if (number := number_conversion(source, target)) is not None:
        return number
    raise Unsupported(f"cast from {source.name} to {target.name}")


def unpadded(text: str) -> str:
    """A character(n) as another text: its padding is not significant (manual, "Character
    Types")."""
    return text.rstrip(" ")


def each_element(convert: Function) -> Function:
    """The conversion of an array's elements, given an element's; NULLs stay."""
    return lambda value: tuple([each if each is None else convert(each) for each in value])
