"""PostgreSQL types, grouped by how sinks treat their values."""

from __future__ import annotations

import re
from enum import Enum


class Kind(Enum):
    """What a value is to a sink. OTHER is delivered and stored as PostgreSQL's text."""

    INTEGER = "integer"
    NUMERIC = "numeric"
    FLOAT = "float"
    BOOLEAN = "boolean"
    DATE = "date"
    TIMESTAMP = "timestamp"
    TIMESTAMPTZ = "timestamptz"
    TEXT = "text"
    BYTES = "bytes"
    JSON = "json"
    OTHER = "other"


_KINDS = {
    Kind.INTEGER: "smallint integer bigint int int2 int4 int8 oid smallserial serial bigserial",
    Kind.NUMERIC: "numeric decimal money",
    Kind.FLOAT: "real float4 double float8 float",
    Kind.BOOLEAN: "boolean bool",
    Kind.DATE: "date",
    Kind.TEXT: "text varchar character char bpchar name citext string",
    Kind.BYTES: "bytea",
    Kind.JSON: "json jsonb",
}
_KIND_OF_WORD = {word: kind for kind, words in _KINDS.items() for word in words.split()}


def base_type(type_name: str) -> str:
    """The name without modifiers: `numeric(10,2)` -> `numeric`, `timestamp(3) with time zone` ->
    `timestamp with time zone`."""
    return " ".join(re.sub(r"\([^)]*\)", "", type_name.strip().lower()).split())


def is_array(type_name: str) -> bool:
    """Whether values are lists."""
    return type_name.strip().endswith("[]")


def kind_of(type_name: str) -> Kind:
    """The kind of a column by its PostgreSQL type; for an array, its elements' kind."""
    name = base_type(type_name).removesuffix("[]")
    word = name.split(" ")[0]
    if word in ("timestamp", "timestamptz"):
        is_zoned = word == "timestamptz" or name.endswith("with time zone")
        return Kind.TIMESTAMPTZ if is_zoned else Kind.TIMESTAMP
    return _KIND_OF_WORD.get(word, Kind.OTHER)
