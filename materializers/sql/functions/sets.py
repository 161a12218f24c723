"""Set-returning functions (manual, "Set Returning Functions", "JSON Functions and Operators"): each
returned column as an array, whose elements are the rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from materializers.sql.functions.array import ARRAY_FUNCTIONS
from materializers.sql.functions.call import Call, Functions
from materializers.sql.functions.pattern import PATTERN_FUNCTIONS, matches
from materializers.sql.types.expression import Apply, Constant, Expression
from materializers.sql.types.grid import is_grid, members_of
from materializers.sql.types.sql_type import (
    BIGINT,
    INTEGER,
    INTERVAL,
    JSONB_TEXT,
    TEXT,
    TIMESTAMP,
    TIMESTAMPTZ,
    UNKNOWN,
    SqlType,
    array_of,
)


@dataclass(frozen=True, slots=True)
class SetColumn:
    """A returned column. `list`: the array of its values. `name`: an output parameter's, which an
    alias does not replace; empty where there is none. `is_unique`: one call returns no value
    twice."""

    list: Expression
    type: SqlType
    name: str = ""
    nullable: bool = True
    is_unique: bool = False


SetFunction = Callable[[Call], tuple[SetColumn, ...]]


def _unnest(call: Call) -> tuple[SetColumn, ...]:
    columns = []
    for value in map(members_of, call.arguments):
        element = value.type.element
        if element is None or value.type.is_stored_as_text or element.element is not None:
            raise call.fail(f"unnest() takes arrays of one dimension, not {value.type.name}")
        columns.append(SetColumn(value, element))
    return tuple(columns)


def _series(call: Call) -> tuple[SetColumn, ...]:
    call.expect(2, 3)
    kinds = [a.type for a in call.arguments]
    if all(kind.is_integer or kind == UNKNOWN for kind in kinds):
        return (_integers(call, BIGINT if BIGINT in kinds else INTEGER),)
    moments = {kind.name for kind in kinds[:2]}
    if moments <= {"date", "unknown", TIMESTAMP.name, TIMESTAMPTZ.name} and len(kinds) == 3:
        return (_moments(call, moments),)
    names = ", ".join(kind.name for kind in kinds)
    raise call.fail(f"generate_series({names}) is not supported")


def _integers(call: Call, kind: SqlType) -> SetColumn:
    bounds = [argument.cast(BIGINT) for argument in call.arguments]
    step = [] if len(bounds) > 2 else [Constant("1", INTEGER)]
    return _series_of(call, kind, *bounds, *step)


def _series_of(call: Call, kind: SqlType, *arguments: Expression) -> SetColumn:
    series = call.apply(array_of(kind), *arguments)
    return SetColumn(series, kind, nullable=False, is_unique=True)


def _moments(call: Call, names: set[str]) -> SetColumn:
    """generate_series() of moments. Of dates PostgreSQL makes timestamps with time zone, its
    preferred type."""
    is_plain = TIMESTAMP.name in names and TIMESTAMPTZ.name not in names
    kind = TIMESTAMP if is_plain else TIMESTAMPTZ
    low, high = (a.cast(kind).cast(TIMESTAMP) for a in call.arguments[:2])
    step = call.arguments[2]
    if step.type.name not in ("interval", "unknown"):
        raise call.fail(f"the step of generate_series() is an interval, not {step.type.name}")
    return _series_of(call, kind, low, high, step.cast(INTERVAL))


def _subscripts(call: Call) -> tuple[SetColumn, ...]:
    call.expect(2)
    value, dimension = call.arguments
    if is_grid(value.type) and dimension.type.is_integer:
        grid = Apply("grid subscripts", (value, dimension), array_of(INTEGER), value.nullable)
        return (SetColumn(grid, INTEGER, nullable=False, is_unique=True),)
    if (
        value.type.element is None
        or value.type.is_stored_as_text
        or dimension != Constant("1", INTEGER)
    ):
        raise call.fail("generate_subscripts() takes an array and the dimension 1")
    places = Apply(call.name, (value,), array_of(INTEGER), value.nullable)
    return (SetColumn(places, INTEGER, nullable=False, is_unique=True),)


def _listed(family: Functions, name: str) -> SetFunction:
    """The elements of the array that a scalar function returns, as rows."""

    def listed(call: Call) -> tuple[SetColumn, ...]:
        return _unnest(replace(call, arguments=(family[name](replace(call, name=name)),)))

    return listed


def _json(call: Call, *, is_object: bool = False) -> Expression:
    call.expect(1)
    value, wanted = call.arguments[0], "jsonb" if call.name.startswith("jsonb") else "json"
    if wanted == "jsonb" and value.literal is not None:
        value = value.cast(JSONB_TEXT)
    if value.type.name != wanted:
        raise call.fail(f"{call.name}() takes {wanted}, not {value.type.name}")
    if is_object and wanted == "jsonb" and not value.type.is_stored_as_text:
        raise call.fail(f"{call.name}() of a jsonb that the view builds is not supported")
    return value


def _elements(call: Call) -> tuple[SetColumn, ...]:
    return (_values(call, _json(call), "json elements"),)


def _values(call: Call, value: Expression, name: str) -> SetColumn:
    is_text = call.name.endswith("_text")
    kind = TEXT if is_text else value.type
    return SetColumn(Apply(name, (value,), array_of(kind)), kind, "value", is_text)


def _each(call: Call) -> tuple[SetColumn, ...]:
    value = _json(call, is_object=True)
    key = replace(_names(call, value), name="key")
    return key, _values(call, value, "json values")


def _names(call: Call, value: Expression) -> SetColumn:
    is_unique = value.type.name == "jsonb"
    keys = Apply("json_object_keys", (value,), array_of(TEXT), value.nullable)
    return SetColumn(keys, TEXT, "", False, is_unique)


def _keys(call: Call) -> tuple[SetColumn, ...]:
    return (_names(call, _json(call, is_object=True)),)


def _matches(call: Call) -> tuple[SetColumn, ...]:
    return (SetColumn(matches(call), array_of(TEXT), nullable=False),)


BUILT_IN_SETS: Mapping[str, SetFunction] = {
    "unnest": _unnest,
    "generate_series": _series,
    "generate_subscripts": _subscripts,
    "string_to_table": _listed(ARRAY_FUNCTIONS, "string_to_array"),
    "regexp_matches": _matches,
    "regexp_split_to_table": _listed(PATTERN_FUNCTIONS, "regexp_split_to_array"),
    "json_array_elements": _elements,
    "jsonb_array_elements": _elements,
    "json_array_elements_text": _elements,
    "jsonb_array_elements_text": _elements,
    "json_each": _each,
    "jsonb_each": _each,
    "json_each_text": _each,
    "jsonb_each_text": _each,
    "json_object_keys": _keys,
    "jsonb_object_keys": _keys,
}
