"""Recomputes a relation whenever an input table changes; the difference is its delta."""

from __future__ import annotations

from materializers.engines.duckdb.operators.consolidated import difference
from materializers.engines.duckdb.operators.operator import Keys, Operator, Side
from materializers.engines.duckdb.operators.run import Run
from materializers.engines.duckdb.operators.scan import Scan
from materializers.engines.duckdb.stored_type import stored_type
from materializers.sql.relations.relation import Column
from materializers.sql.types.expression import quote


class Recompute(Operator):
    """`child`: a tree of operators without state; `scans`: all input tables that it reads, in
    nested SELECTs too. `table`: the state table with the last result, so that its deletion is
    exact."""

    upkeep = "full"

    def __init__(self, child: Operator, scans: tuple[Scan, ...], table: str) -> None:
        self.child = child
        self.scans = scans
        self.inputs = ()
        self.columns: tuple[Column, ...] = child.columns
        self.tables = frozenset(scan.table for scan in scans)
        self.table = table

    def state(self) -> dict[str, str]:
        return {
            self.table: ", ".join(f"{quote(c.name)} {stored_type(c.type)}" for c in self.columns)
        }

    def build(self, run: Run) -> None:
        run.execute(f"INSERT INTO {self.table} {self.child.rows(Side.NEW, run)}")

    def rows(self, side: Side, run: Run, keys: Keys | None = None) -> str:
        _, before = run.before.get(self.table, ("", ""))
        table = before if side is Side.OLD and before else self.table
        return self.restricted(f"SELECT * FROM {table}", keys)

    def delta(self, run: Run) -> str | None:
        if not self.tables & run.changed.keys():
            return None
        after, _ = run.temporary(self.child.rows(Side.NEW, run))
        before, _ = run.temporary(f"SELECT * FROM {self.table}")
        delta, count = run.temporary(difference(self.column_list(), after, before))
        if not count:
            return None
        run.before[self.table] = ("", before)
        run.execute(f"DELETE FROM {self.table}")
        run.execute(f"INSERT INTO {self.table} SELECT * FROM {after}")
        return delta
