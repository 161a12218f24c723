"""Records of a table's topic -> changes of its stored rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn

from cdc.contract.schemas import TableSchema
from materializers.engines.latest import Latest
from materializers.engines.row_engine.layout import Layout
from materializers.engines.rows.operators.table import Changes
from materializers.engines.rows.records import Records
from materializers.errors import Misfit
from materializers.sql.types.captured import captured_type

_FIX = "take the column out of the views, or change the value or its type in the source"
_FIX_ARRAY = f"{_FIX}; where arrays have several dimensions, declare it with them (integer[][])"


class Decoding:
    """Decodes the records of one table."""

    def __init__(self, schema: TableSchema, layout: Layout) -> None:
        """Raises Unsupported for a type that the row engine does not read."""
        self._schema = schema
        self._records = Records(layout.kinds, layout.key)
        nullable = {c.name for c in schema.columns if c.nullable}
        self._strict = [
            (place, column.name)
            for place, column in enumerate(layout.columns)
            if column.name not in nullable and column.name not in layout.key
            if any(column.name == c.name for c in schema.columns)
        ]

    def changes(self, rows: Latest) -> Changes:
        """(primary key, row; None for a deletion) of each record. Raises Misfit for a record that
        is not JSON, for a value that does not fit its column, naming table, column, key and place,
        and for a NULL in a column that is never NULL."""
        try:
            decoded = self._records.read(rows.keys, rows.values)
        except Exception:
            self._refuse_misfit(rows)
            raise
        for place, name in self._strict:
            for at, (_, row) in enumerate(decoded):
                if row is not None and row[place] is None:
                    self._refuse(rows, at, name, is_null=True)
        return decoded

    def _refuse_misfit(self, rows: Latest) -> None:
        for at, (key, value) in enumerate(zip(rows.keys, rows.values, strict=True)):
            column = self._records.at_fault(key, value)
            if column == "":
                raise self._unreadable()
            if column is not None:
                self._refuse(rows, at, column, is_null=False)

    def _unreadable(self) -> Misfit:
        what = f"A record of table {self._schema.table} is not JSON in UTF-8"
        fix = "look at the topic with `rederive peek`"
        return Misfit(f"{what}.", table=self._schema.table, fix=fix)

    def _refuse(self, rows: Latest, at: int, name: str, *, is_null: bool) -> NoReturn:
        column, table = self._schema.column(name), self._schema.table
        kind = captured_type(column).name
        what = "NULL in a NOT NULL column" if is_null else f"a value does not fit {kind}"
        place = f"{rows.partitions[at]}:{rows.offsets[at]}"
        key = _text(rows.keys, at)
        raise Misfit(
            f"Table {table}, column {name}: {what} (key {key} at partition:offset {place}).",
            table=table,
            column=name,
            is_null=is_null,
            fix=_FIX_ARRAY if column.type_name.endswith("[]") else _FIX,
        )


def _text(keys: Sequence[bytes], at: int) -> str:
    return keys[at].decode(errors="replace")
