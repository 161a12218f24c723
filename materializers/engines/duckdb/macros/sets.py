"""Macros that return the rows of set-returning functions as lists."""

from __future__ import annotations

from materializers.engines.duckdb.macros.json import MARK

_ELEMENTS = "json_extract(pg_json_marked(t), '$[*]')"
_VALUES = "json_extract(pg_json_marked(t), '$.*')"
_JSON = "pg_json_spaced(pg_json_unmarked(CAST(e AS VARCHAR)))"
_TEXT = (
    "CASE json_type(e) WHEN 'NULL' THEN NULL WHEN 'VARCHAR' THEN"
    f" regexp_replace(json_extract_string(e, '$'), '^{MARK}', '') ELSE {_JSON} END"
)


def _listed(name: str, wanted: str, source: str, message: str) -> list[str]:
    """The macro's two variants: jsonb or text values."""
    return [
        f"CREATE OR REPLACE TEMP MACRO {name}{suffix}(t) AS CASE WHEN t IS NULL THEN NULL"
        f" WHEN json_type(t) = '{wanted}' THEN list_transform({source}, lambda e: {shape})"
        f" ELSE error('{message}') END"
        for suffix, shape in {"": _JSON, "_text": _TEXT}.items()
    ]


SET_MACROS = (
    *_listed("pg_json_elements", "ARRAY", _ELEMENTS, "cannot extract elements from a non-array"),
    *_listed("pg_json_values", "OBJECT", _VALUES, "cannot deconstruct a non-object"),
    "CREATE OR REPLACE TEMP MACRO pg_json_names(t) AS CASE WHEN t IS NULL THEN NULL"
    " WHEN json_type(t) = 'OBJECT' THEN json_keys(t)"
    " ELSE error('cannot take the keys of a non-object') END",
    "CREATE OR REPLACE TEMP MACRO pg_series(a, b, s) AS CASE"
    " WHEN a IS NULL OR b IS NULL THEN NULL"
    " WHEN s = 0 THEN error('step size cannot equal zero') ELSE generate_series(a, b, s) END",
    "CREATE OR REPLACE TEMP MACRO pg_series_of_moments(a, b, s) AS CASE"
    " WHEN a IS NULL OR b IS NULL THEN NULL"
    " WHEN s = INTERVAL 0 SECOND THEN error('step size cannot equal zero')"
    " ELSE generate_series(a, b, s) END",
)
