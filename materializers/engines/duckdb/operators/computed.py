"""Columns that the row engine computes: rows go there as Arrow, and come back as texts."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pyarrow as pa

from materializers.engines.duckdb.arrow import arrow_table
from materializers.engines.duckdb.by_rows.exchange import reading, selected, writing
from materializers.engines.duckdb.by_rows.refusal import refused_if_unsupported
from materializers.engines.duckdb.operators.operator import Keys, Operator, Side
from materializers.engines.duckdb.operators.run import Run
from materializers.engines.rows.failure import EvaluationError
from materializers.engines.rows.scalar import Row, compiled
from materializers.engines.rows.values import Value
from materializers.sql.relations.relation import Column, Outputs
from materializers.sql.types.expression import Expression, quote
from materializers.sql.types.sql_type import TEXT

_PLACE = '"#i"'
_ANSWERS = "#answers"
_PART_ROWS = 50_000

Answer = Callable[[Row], str | None]


class Computed(Operator):
    """`outputs`: the columns added to the child's; see the relation of that name. The constructor
    raises ViewError for an expression that the row engine cannot compute either."""

    def __init__(self, child: Operator, outputs: Outputs) -> None:
        self.inputs = (child,)
        self.outputs = outputs
        added = (Column(name, TEXT, True) for name, _ in outputs)
        self.columns = (*child.columns, *added)
        used = frozenset().union(*(value.columns for _, value in outputs))
        self._reads = tuple(column for column in child.columns if column.name in used)
        names = [column.name for column in self._reads]
        with refused_if_unsupported():
            self._answers = tuple(_answer(value, names) for _, value in outputs)

    def rows(self, side: Side, run: Run, keys: Keys | None = None) -> str:
        is_below = keys is not None and keys.columns <= self.inputs[0].names
        child = self.inputs[0].rows(side, run, keys if is_below else None)
        sql = f"SELECT {self.column_list()} FROM {self._answered(run, child)}"
        return sql if is_below else self.restricted(sql, keys)

    def delta(self, run: Run) -> str | None:
        delta = self.inputs[0].changes(run)
        return None if delta is None else self._answered(run, f"SELECT * FROM {delta}")

    def _answered(self, run: Run, select: str) -> str:
        """A temporary table of the rows with the computed columns."""
        rows, _ = run.temporary(f"SELECT *, row_number() OVER () AS {_PLACE} FROM ({select})")
        listed = [f"{selected(quote(c.name), c.type)} AS {quote(c.name)}" for c in self._reads]
        columns = ", ".join([*listed, _PLACE])
        rows_table = arrow_table(run.connection, f"SELECT {columns} FROM {rows}")
        names = [f"a{place}" for place in range(len(self.outputs))]
        schema = pa.schema([("#i", pa.int64()), *((name, pa.string()) for name in names)])
        answers = pa.Table.from_batches(list(self._parts(rows_table, schema)), schema)
        run.connection.register(_ANSWERS, answers)
        try:
            added = ", ".join(
                f"a.{name} AS {quote(output)}"
                for name, (output, _) in zip(names, self.outputs, strict=True)
            )
            name, _ = run.temporary(
                f"SELECT r.* EXCLUDE ({_PLACE}), {added} FROM {rows} r"
                f" JOIN {quote(_ANSWERS)} a ON a.{_PLACE} = r.{_PLACE}"
            )
        finally:
            run.connection.unregister(_ANSWERS)
        return name

    def _parts(self, table: pa.Table, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        reads = [reading(column.type) for column in self._reads]
        for batch in table.to_batches(max_chunksize=_PART_ROWS):
            values = [read(batch.column(i)) for i, read in enumerate(reads)]
            rows: list[Row] = list(zip(*values, strict=True)) or [()] * batch.num_rows
            texts = [pa.array(map(answer, rows), pa.string()) for answer in self._answers]
            places = batch.column(len(reads)).cast(pa.int64())
            yield pa.RecordBatch.from_arrays([places, *texts], schema=schema)


def _answer(value: Expression, names: list[str]) -> Answer:
    function, write = compiled([value], names), writing(value.type)

    def answer(row: Row) -> str | None:
        try:
            result: Value = function(row)[0]
        except EvaluationError as error:
            return f"!{error}"
        return None if result is None else f"={write(result)}"

    return answer
