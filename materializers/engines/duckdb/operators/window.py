"""Window functions over one PARTITION BY: the rows, with the functions' columns after their own."""

from __future__ import annotations

from collections.abc import Sequence

from materializers.engines.duckdb.operators.operator import Operator
from materializers.engines.duckdb.operators.partitioned import Partition, Partitioned
from materializers.engines.duckdb.render.window_values import WindowValues
from materializers.sql.relations.relation import Column
from materializers.sql.types.expression import quote
from materializers.sql.types.window_call import WindowCall


class Window(Partitioned):
    """`calls`: each column with its function. `table`: as in Partitioned; required where a call
    depends on the order of peers (`hangs_on_order`)."""

    def __init__(
        self,
        child: Operator,
        partition: Partition,
        calls: Sequence[tuple[Column, WindowCall]],
        table: str,
    ) -> None:
        columns = (*child.columns, *(column for column, _ in calls))
        super().__init__((child,), (partition,), partition, columns, table)
        self.calls = calls

    def select(self, *inputs: str) -> str:
        own = self.inputs[0].column_list()
        values = WindowValues.of(self.partitions[0], [call for _, call in self.calls])
        steps = "".join(f", {sql} AS {name}" for name, sql in values.steps)
        pairs = zip(values.results, self.calls, strict=True)
        results = "".join(f", {sql} AS {quote(column.name)}" for sql, (column, _) in pairs)
        return f"SELECT {own}{results} FROM (SELECT {own}{steps} FROM ({inputs[0]}))"
