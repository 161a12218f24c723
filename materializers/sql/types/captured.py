"""The types of captured columns."""

from __future__ import annotations

from dataclasses import replace

from cdc.contract.schemas import Column
from materializers.sql.types.sql_type import CITEXT, SqlType, from_column

_TEXTS = {"text", "character varying"}


def captured_type(column: Column) -> SqlType:
    """The type of a column's values. citext may be in any schema, its extension's."""
    kind = from_column(column.type_name, column.parameters)
    if column.dimensions:
        kind = replace(kind, is_stored_as_text=True, dimensions=column.dimensions)
    if column.labels:
        return replace(kind, labels=column.labels)
    if kind.name.removesuffix("[]").rpartition(".")[2] == CITEXT.name:
        kind = replace(kind, name=kind.name.rpartition(".")[2])
    return replace(kind, collation=column.collation) if column.collation else kind


def is_stored_as(before: Column, now: Column) -> bool:
    """Whether a column of the changed type is stored as before: the same type, or a text with
    another length. Capture refills a table whose types change, so the values follow. Any other
    change needs another stored type: numeric(8,2) cannot store numeric(12,2)."""
    if bool(before.dimensions) != bool(now.dimensions):
        return False
    if (before.type_name, before.parameters) == (now.type_name, now.parameters):
        return True
    return {before.type_name, now.type_name} <= _TEXTS
