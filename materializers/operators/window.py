"""Window functions over one PARTITION BY: the rows with the functions' columns behind their own."""

from __future__ import annotations

from materializers.operators.operator import Column, Operator
from materializers.operators.partitioned import Partition, Partitioned
from materializers.plan.types.expression import quote


class Window(Partitioned):
    """`calls`: each column with the SQL of its function."""

    def __init__(
        self,
        child: Operator,
        partition: Partition,
        calls: tuple[tuple[Column, str], ...],
        table: str,
    ) -> None:
        columns = child.columns + tuple(column for column, _ in calls)
        super().__init__((child,), (partition,), partition, columns, table)
        self.calls = calls
        self.keys = child.keys

    def select(self, *inputs: str) -> str:
        own = self.inputs[0].column_list()
        listed = ", ".join(f"{sql} AS {quote(column.name)}" for column, sql in self.calls)
        return f"SELECT {own}, {listed} FROM ({inputs[0]})"

    def describe(self) -> str:
        by = f" by {', '.join(self.own)}" if self.own else ""
        return f"window functions{by}"
