"""ORDER BY … LIMIT: the first rows of a relation, stored in a state table.

While no stored row is deleted, the new first rows are among the stored and the inserted rows. Else
the input is read again, from its own state.
"""

from __future__ import annotations

from materializers.engines.duckdb.operators.consolidated import consolidated, difference
from materializers.engines.duckdb.operators.operator import WEIGHT, Keys, Operator, Side
from materializers.engines.duckdb.operators.run import Run
from materializers.engines.duckdb.render.order import bounds_words
from materializers.engines.duckdb.stored_type import stored_type
from materializers.sql.relations.relation import Column
from materializers.sql.types.expression import quote
from materializers.sql.types.sort_key import Bounds


class Limit(Operator):
    """`bounds`: limit and offset in a total order. With an offset, the rows are recomputed from the
    input at every change. `table`: the state table; empty below a Recompute."""

    def __init__(self, child: Operator, bounds: Bounds, table: str) -> None:
        self.inputs = (child,)
        self.bounds = bounds
        self.table = table
        self.columns: tuple[Column, ...] = child.columns
        self.upkeep = "full" if self.has_offset else "touched groups"

    @property
    def has_offset(self) -> bool:
        return self.bounds.offset is not None

    def state(self) -> dict[str, str]:
        listed = ", ".join(f"{quote(c.name)} {stored_type(c.type)}" for c in self.columns)
        return {self.table: listed} if self.table else {}

    def build(self, run: Run) -> None:
        if self.table:
            run.execute(f"INSERT INTO {self.table} {self._first_of(self._input(run))}")

    def _input(self, run: Run, side: Side = Side.NEW) -> str:
        return self.inputs[0].rows(side, run)

    def _first_of(self, rows: str) -> str:
        return f"SELECT {self.column_list()} FROM ({rows}){bounds_words(self.bounds)}"

    def rows(self, side: Side, run: Run, keys: Keys | None = None) -> str:
        if not self.table:
            return self.restricted(self._first_of(self._input(run, side)), keys)
        _, before = run.before.get(self.table, ("", ""))
        table = before if side is Side.OLD and before else self.table
        return self.restricted(f"SELECT {self.column_list()} FROM {table}", keys)

    def delta(self, run: Run) -> str | None:
        input_delta = self.inputs[0].changes(run)
        if input_delta is None:
            return None
        names = self.column_list()
        moved, count = run.temporary(consolidated(names, input_delta))
        if not count:
            return None
        after, _ = run.temporary(self._first_of(self._candidates(run, moved)))
        before, _ = run.temporary(f"SELECT {names} FROM {self.table}")
        delta, count = run.temporary(difference(names, after, before))
        if not count:
            return None
        run.before[self.table] = ("", before)
        run.execute(f"DELETE FROM {self.table}")
        run.execute(f"INSERT INTO {self.table} SELECT {names} FROM {after}")
        return delta

    def _candidates(self, run: Run, moved: str) -> str:
        """Rows that contain the new first ones."""
        if self.has_offset or self._loses_one(run, moved):
            return self._input(run)
        names = self.column_list()
        came = f"SELECT {names} FROM {moved}, range({WEIGHT}) WHERE {WEIGHT} > 0"
        return f"SELECT {names} FROM {self.table} UNION ALL {came}"

    def _loses_one(self, run: Run, moved: str) -> bool:
        same = " AND ".join(
            f"s.{quote(c.name)} IS NOT DISTINCT FROM m.{quote(c.name)}" for c in self.columns
        )
        row = run.connection.execute(
            f"SELECT 1 FROM {self.table} s SEMI JOIN (SELECT * FROM {moved} WHERE {WEIGHT} < 0) m"
            f" ON {same} LIMIT 1"
        ).fetchone()
        return row is not None
