"""PostgreSQL's types -> the DuckDB types that store them."""

from __future__ import annotations

from materializers.sql.types.sql_type import SqlType

_STORED = {
    "boolean": "BOOLEAN",
    "smallint": "SMALLINT",
    "integer": "INTEGER",
    "bigint": "BIGINT",
    "128-bit integer": "HUGEINT",
    "big integer": "BIGNUM",
    "real": "FLOAT",
    "double precision": "DOUBLE",
    "date": "DATE",
    "time without time zone": "TIME",
    "timestamp without time zone": "TIMESTAMP",
    "timestamp with time zone": "TIMESTAMPTZ",
    "interval": "INTERVAL",
    "uuid": "UUID",
    "bytea": "BLOB",
    "oid": "BIGINT",
    "money": "DECIMAL(19,2)",
}


def stored_type(kind: SqlType) -> str:
    """The DuckDB type that stores a type; VARCHAR where DuckDB has none."""
    if kind.is_stored_as_text:
        return "VARCHAR"
    if (element := kind.element) is not None:
        return stored_type(element) + "[]"
    if kind.name == "numeric":
        return f"DECIMAL({kind.precision},{kind.scale})"
    return _STORED.get(kind.name, "VARCHAR")
