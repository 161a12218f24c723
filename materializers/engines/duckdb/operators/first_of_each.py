"""DISTINCT ON: the first row of each partition."""

from __future__ import annotations

from materializers.engines.duckdb.operators.operator import Operator
from materializers.engines.duckdb.operators.partitioned import Partition, Partitioned
from materializers.engines.duckdb.render.order import order_words
from materializers.sql.types.sort_key import Order


class FirstOfEach(Partitioned):
    """`partition`: the expressions of DISTINCT ON; `order`: a total order within a partition."""

    def __init__(self, child: Operator, partition: Partition, order: Order) -> None:
        super().__init__((child,), (partition,), partition, child.columns)
        self.order = order

    def select(self, *inputs: str) -> str:
        over = f"PARTITION BY {', '.join(self.own)}{order_words(self.order)}"
        listed = self.column_list()
        return f"SELECT {listed} FROM ({inputs[0]}) QUALIFY row_number() OVER ({over}) = 1"
