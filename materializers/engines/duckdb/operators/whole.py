"""A relation that the row engine recomputes, below a Recompute."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import pyarrow as pa

from materializers.engines.duckdb.arrow import arrow_table
from materializers.engines.duckdb.by_rows.exchange import read, reading, selected, writing
from materializers.engines.duckdb.by_rows.refusal import refused_if_unsupported
from materializers.engines.duckdb.operators.operator import Keys, Operator, Side
from materializers.engines.duckdb.operators.run import Run
from materializers.engines.duckdb.operators.scan import Scan, input_table
from materializers.engines.duckdb.stored_name import stored_column
from materializers.engines.duckdb.stored_type import stored_type
from materializers.engines.rows.failure import EvaluationError
from materializers.engines.rows.relations.environment import Tables
from materializers.engines.rows.relations.evaluated import evaluation
from materializers.engines.rows.scalar import Row
from materializers.engines.rows.values import Value
from materializers.errors import ViewError
from materializers.sql.relations.relation import Column, Relation
from materializers.sql.types.expression import quote

_ANSWER = "#answer"


class WholeByRows(Operator):
    """`relation`: the relation to compute; `scans`: all input tables that it reads."""

    def __init__(self, relation: Relation, scans: tuple[Scan, ...]) -> None:
        self.scans = scans
        self.inputs = ()
        self.columns = relation.columns
        with refused_if_unsupported():
            self._evaluate: Callable[[Tables], list[Row]] = evaluation(relation)

    def rows(self, side: Side, run: Run, keys: Keys | None = None) -> str:
        assert side is Side.NEW, "the Recompute above stores the old rows"
        try:
            rows = self._evaluate({table: self._read(table, run) for table in self._columns_of})
        except EvaluationError as error:
            raise ViewError(str(error)) from error
        return self.restricted(self._stored(rows, run), keys)

    @cached_property
    def _columns_of(self) -> dict[str, dict[str, Column]]:
        """For each table the columns that some scan reads."""
        listed: dict[str, dict[str, Column]] = {}
        for scan in self.scans:
            columns = {scan.source[column.name]: column for column in scan.columns}
            listed.setdefault(scan.table, {}).update(columns)
        return listed

    def _read(self, table: str, run: Run) -> list[dict[str, Value]]:
        columns = self._columns_of[table]
        listed = [f"{selected(stored_column(n), c.type)} AS a{i}"
                  for i, (n, c) in enumerate(columns.items())]  # fmt: skip
        sql = f"SELECT {', '.join(listed)} FROM {input_table(table)}"
        table_rows = arrow_table(run.connection, sql)
        values: list[list[Value]] = []
        for i, column in enumerate(columns.values()):
            taken = reading(column.type)
            values.append([v for chunk in table_rows.column(i).chunks for v in taken(chunk)])
        return [dict(zip(columns, row, strict=True)) for row in zip(*values, strict=True)]

    def _stored(self, rows: list[Row], run: Run) -> str:
        columns = []
        for place, column in enumerate(self.columns):
            write = writing(column.type)
            texts = [None if row[place] is None else write(row[place]) for row in rows]
            columns.append(pa.array(texts, pa.string()))
        names = [f"a{place}" for place in range(len(columns))]
        run.connection.register(_ANSWER, pa.Table.from_arrays(columns, names))
        try:
            listed = ", ".join(
                f"CAST({read(name, c.type)} AS {stored_type(c.type)}) AS {quote(c.name)}"
                for name, c in zip(names, self.columns, strict=True)
            )
            name, _ = run.temporary(f"SELECT {listed} FROM {quote(_ANSWER)}")
        finally:
            run.connection.unregister(_ANSWER)
        return f"SELECT * FROM {name}"

    def delta(self, run: Run) -> str | None:
        raise AssertionError("it stands below a Recompute")
