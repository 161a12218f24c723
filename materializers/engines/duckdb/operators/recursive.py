"""WITH RECURSIVE, iterated by DuckDB. It has no delta rule, so it stands below a Recompute."""

from __future__ import annotations

from materializers.engines.duckdb.operators.operator import Keys, Operator, Side
from materializers.engines.duckdb.operators.run import Run
from materializers.engines.duckdb.stored_type import stored_type
from materializers.sql.relations.relation import Column
from materializers.sql.types.expression import quote


class WorkingTable(Operator):
    """In a recursive term: the rows of the step before; `name`: the query's."""

    def __init__(self, name: str, columns: tuple[Column, ...]) -> None:
        self.name = name
        self.inputs = ()
        self.columns = columns

    def rows(self, side: Side, run: Run, keys: Keys | None = None) -> str:
        return self.restricted(f"SELECT {self.column_list()} FROM {quote(self.name)}", keys)

    def delta(self, run: Run) -> str | None:
        raise AssertionError("a recursive query has no delta; the planner must wrap it")


class Recursive(Operator):
    """`inputs`: the non-recursive and the recursive term, without state; the latter reads the
    working table `name`. `word`: UNION or UNION ALL."""

    upkeep = "full"

    def __init__(
        self,
        name: str,
        inputs: tuple[Operator, Operator],
        columns: tuple[Column, ...],
        word: str,
    ) -> None:
        self.name = name
        self.inputs = inputs
        self.columns = columns
        self.word = word

    def rows(self, side: Side, run: Run, keys: Keys | None = None) -> str:
        base, term = (self._term(operator, side, run) for operator in self.inputs)
        listed = self.column_list()
        sql = (
            f"WITH RECURSIVE {quote(self.name)} AS ({base} {self.word} {term})"
            f" SELECT {listed} FROM {quote(self.name)}"
        )
        return self.restricted(sql, keys)

    def _term(self, operator: Operator, side: Side, run: Run) -> str:
        pairs = zip(operator.columns, self.columns, strict=True)
        listed = ", ".join(
            f"CAST({quote(a.name)} AS {stored_type(b.type)}) AS {quote(b.name)}" for a, b in pairs
        )
        return f"SELECT {listed} FROM ({operator.rows(side, run)})"

    def delta(self, run: Run) -> str | None:
        raise AssertionError("a recursive query has no delta; the planner must wrap it")
