"""INTERSECT and EXCEPT: each distinct row is a partition."""

from __future__ import annotations

from materializers.engines.duckdb.operators.operator import Operator
from materializers.engines.duckdb.operators.partitioned import Partition, Partitioned
from materializers.engines.duckdb.render.words import words
from materializers.sql.relations.relation import Column
from materializers.sql.types.expression import quote


class SetOperation(Partitioned):
    """`word`: INTERSECT or EXCEPT, with or without ALL. `sides`: for each input, the values that
    are compared and shown."""

    def __init__(
        self,
        word: str,
        inputs: tuple[Operator, ...],
        sides: tuple[Partition, ...],
        columns: tuple[Column, ...],
    ) -> None:
        own = tuple(column.as_expression() for column in columns)
        super().__init__(inputs, sides, own, columns)
        self.word = word

    def select(self, *inputs: str) -> str:
        selects = []
        for side, rows in zip(self.partitions, inputs, strict=True):
            pairs = zip(side, self.columns, strict=True)
            listed = ", ".join(f"{words(value)} AS {quote(c.name)}" for value, c in pairs)
            selects.append(f"SELECT {listed} FROM ({rows})")
        return f" {self.word} ".join(selects)
