"""What a change of a table's definition means for the rows already published."""

from __future__ import annotations

from collections.abc import Collection

from cdc.contract.schemas import Column, TableSchema

_TEXTS = frozenset({25, 1043})
_INTEGERS = (21, 23, 20)


def keeps_rows(before: TableSchema, after: TableSchema, filled: Collection[str]) -> bool:
    """Whether records written under `before` still tell the rows under `after`.

    `filled` names the columns that may hold something else than NULL in rows older than
    themselves. Where in doubt (a column went and another came: perhaps a renaming) the answer
    is no.
    """
    if before.key != after.key:
        return False
    known = {column.name: column for column in before.columns}
    added = [column for column in after.columns if column.name not in known]
    has_removed = bool(known.keys() - {column.name for column in after.columns})
    if added and has_removed:
        return False
    if any(column.name in filled or not column.nullable for column in added):
        return False
    kept = (column for column in after.columns if column.name in known)
    return all(_keeps_values(known[column.name], column) for column in kept)


def _keeps_values(before: Column, after: Column) -> bool:
    """Whether every value is written the same under both types."""
    if before.type_oid == after.type_oid:
        is_wider = after.typmod < 0 or 0 <= before.typmod <= after.typmod
        return before.typmod == after.typmod or (after.type_oid in _TEXTS and is_wider)
    if after.type_oid == 25:
        return before.type_oid in _TEXTS
    if before.type_oid in _INTEGERS and after.type_oid in _INTEGERS:
        return _INTEGERS.index(before.type_oid) < _INTEGERS.index(after.type_oid)
    return False
