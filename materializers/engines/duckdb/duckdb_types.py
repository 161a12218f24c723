"""The DuckDB type of a column, and SQL that converts the envelope's value to it.

The value (`cdc/contract/values.py`) is first taken as text: a JSON string without quotes, anything
else as its JSON. Types that DuckDB represents without loss are converted; the others stay text.

A value that does not fit the type (NaN in a `numeric(10,2)`, a year beyond DuckDB's, an array of
two dimensions) becomes NULL: **the caller must fail where the text is not NULL and the result is.**
"""

from __future__ import annotations

from collections.abc import Mapping

_SAME: Mapping[str, str] = {
    "boolean": "BOOLEAN",
    "smallint": "SMALLINT",
    "integer": "INTEGER",
    "bigint": "BIGINT",
    "oid": "BIGINT",
    "real": "FLOAT",
    "double precision": "DOUBLE",
    "money": "DECIMAL(19,2)",
    "bytea": "BLOB",
    "uuid": "UUID",
    "json": "JSON",
    "jsonb": "JSON",
    "date": "DATE",
    "time without time zone": "TIME",
    "timestamp without time zone": "TIMESTAMP",
    "timestamp with time zone": "TIMESTAMP WITH TIME ZONE",
}
_DECIMAL_WIDTH_MAX = 38
_OTHER_DELIMITER = (
    "box[]",
    "geometry[]",
    "geography[]",
)  # texts in the envelope


def duckdb_type(type_name: str, parameters: tuple[int, ...] = ()) -> str:
    """The DuckDB type of a column, by its type and parameters (`cdc.contract.schemas.Column`).

    VARCHAR for text, enums, intervals, times with an offset, ranges, bits, composites, unbounded
    numerics and all other types.
    """
    if _is_array(type_name):
        return duckdb_type(type_name[:-2], parameters) + "[]"
    if type_name == "numeric":
        return _decimal(parameters)
    return _SAME.get(type_name, "VARCHAR")


def duckdb_expression(type_name: str, parameters: tuple[int, ...], text: str) -> str:
    """SQL that converts the SQL expression `text` to `duckdb_type(type_name, parameters)`.

    A bit string becomes PostgreSQL's `0110`, a point its `(1,2.5)`, numeric NaN and infinities
    PostgreSQL's words.
    """
    if _is_array(type_name):
        return _array_expression(type_name[:-2], parameters, text)
    match type_name:
        case "bytea":
            return f"try(from_base64({text}))"
        case "date":
            # Debezium's `2024-01-02Z`; a year after 9999 begins with a plus.
            return f"TRY_CAST(replace(replace({text}, 'Z', ''), '+', '') AS DATE)"
        case "timestamp without time zone" | "timestamp with time zone":
            plain = f"CASE WHEN starts_with({text}, '+') THEN ({text})[2:] ELSE {text} END"
            return f"TRY_CAST({plain} AS {_SAME[type_name]})"
        case "bit":
            return _bit_expression(parameters, text)
        case "point":
            return _point_expression(text)
    target = duckdb_type(type_name, parameters)
    if type_name == "numeric" and target == "VARCHAR":
        return (
            f"CASE {text} WHEN 'NAN' THEN 'NaN' WHEN 'POSITIVE_INFINITY' THEN 'Infinity' "
            f"WHEN 'NEGATIVE_INFINITY' THEN '-Infinity' ELSE {text} END"
        )
    return text if target == "VARCHAR" else f"TRY_CAST({text} AS {target})"


def _is_array(type_name: str) -> bool:
    return type_name.endswith("[]") and type_name.rpartition(".")[2] not in _OTHER_DELIMITER


def _decimal(parameters: tuple[int, ...]) -> str:
    if not parameters:
        return "VARCHAR"
    precision, scale = parameters
    width = max(precision, scale) if scale >= 0 else precision - scale
    return f"DECIMAL({width},{max(scale, 0)})" if width <= _DECIMAL_WIDTH_MAX else "VARCHAR"


def _array_expression(element: str, parameters: tuple[int, ...], text: str) -> str:
    texts = f"TRY_CAST(TRY_CAST({text} AS JSON) AS VARCHAR[])"
    value = duckdb_expression(element, parameters, "element")
    if value == "element":
        return texts
    values = f"list_transform({texts}, lambda element: {value})"
    # list_count ignores NULL: an array with an element that does not fit becomes NULL.
    return f"CASE WHEN list_count({values}) = list_count({texts}) THEN {values} END"


def _bit_expression(parameters: tuple[int, ...], text: str) -> str:
    if not parameters:
        return "CAST(NULL AS VARCHAR)"  # type "bit" in quotes: of any length, which no value tells
    (length,) = parameters
    if length == 1:
        return f"CASE {text} WHEN 'true' THEN '1' WHEN 'false' THEN '0' END"
    pairs = f"regexp_extract_all(hex(try(from_base64({text}))), '..')"
    big_endian = f"unhex(array_to_string(list_reverse({pairs}), ''))"
    return f"right(CAST(CAST({big_endian} AS BIT) AS VARCHAR), {length})"


def _point_expression(text: str) -> str:
    x, y = (
        f"regexp_replace(json_extract_string(TRY_CAST({text} AS JSON), '$.{axis}'), '\\.0$', '')"
        for axis in "xy"
    )
    return f"'(' || {x} || ',' || {y} || ')'"
