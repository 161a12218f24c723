"""Finds the row of a batch that made a view fail, after the failure.

An operator that computes row by row is run again on halves of the rows until one row is left. Joins
and windows are not searched.
"""

from __future__ import annotations

from collections.abc import Mapping

import duckdb
import pyarrow as pa

from materializers.engines.duckdb.arrow import arrow_table
from materializers.engines.duckdb.operators.aggregate import GroupBy
from materializers.engines.duckdb.operators.computed import Computed
from materializers.engines.duckdb.operators.expand import Expand
from materializers.engines.duckdb.operators.map import Map
from materializers.engines.duckdb.operators.operator import Operator
from materializers.engines.duckdb.operators.run import Run
from materializers.engines.duckdb.operators.scan import Scan
from materializers.engines.duckdb.plan import Plan
from materializers.engines.duckdb.render.aggregates.accumulator import Rule
from materializers.engines.duckdb.render.words import words
from materializers.engines.duckdb.stored_name import stored_name
from materializers.sql.types.expression import quote

SUSPECTS_MAX = 1_000_000
"""Rows of a batch that are searched."""
_SUSPECTS = "#suspects"


def row_at_fault(
    connection: duckdb.DuckDBPyConnection, plan: Plan, deltas: Mapping[str, pa.Table]
) -> str:
    """`TABLE where KEY` of a row for which the plan fails; empty where no single row is to blame.
    `deltas`: by input table. The connection must not be in a transaction."""
    for operator in plan.operators():
        scan = _scan_below(operator)
        if scan is None or scan.table not in deltas:
            continue
        search = _Search(connection, operator, scan, deltas[scan.table])
        if (place := search.row()) is not None:
            return f"{scan.table} where {search.key_of(place)}"
    return ""


def _scan_below(operator: Operator) -> Scan | None:
    """The input table of an operator that works row by row; None for other operators."""
    if isinstance(operator, Scan) or not operator.inputs:
        return None
    if not isinstance(operator, (Map, Expand, GroupBy, Computed)) or not operator.has_delta:
        return None
    below = operator.inputs[0]
    if isinstance(below, Scan):
        return below
    return None if isinstance(below, GroupBy) else _scan_below(below)


class _Search:
    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        operator: Operator,
        scan: Scan,
        rows: pa.Table,
    ) -> None:
        self.connection = connection
        self.operator = operator
        self.scan = scan
        self.rows = rows

    def row(self) -> int | None:
        """The index of a row that fails."""
        low, high = 0, self.rows.num_rows
        if not self._fails(low, high):
            return None
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if self._fails(low, middle) else (middle, high)
        return low if self._fails(low, high) else None

    def key_of(self, place: int) -> str:
        """The key of the row at `place`, as text."""
        names = [stored_name(name) for name in self.scan.key]
        texts = ", ".join(f"CAST({quote(name)} AS VARCHAR)" for name in names)
        self.connection.register(_SUSPECTS, self.rows.slice(place, 1))
        try:
            (values,) = self.connection.execute(f'SELECT {texts} FROM "{_SUSPECTS}"').fetchall()
        finally:
            self.connection.unregister(_SUSPECTS)
        pairs = zip(self.scan.key, values, strict=True)
        return ", ".join(f"{name} = {value}" for name, value in pairs)

    def _fails(self, low: int, high: int) -> bool:
        self.connection.register(_SUSPECTS, self.rows.slice(low, high - low))
        widths = {self.scan.table: self.rows.num_columns - 1}
        run = Run(self.connection, {self.scan.table: f'"{_SUSPECTS}"'}, widths)
        try:
            # Python has no value for an infinite day, nor for one before the year 1
            arrow_table(self.connection, self._computed(run))
        except duckdb.Error:
            return True
        finally:
            self.connection.unregister(_SUSPECTS)
        return False

    def _computed(self, run: Run) -> str:
        """SQL of the operator's expressions for each row."""
        if not isinstance(self.operator, GroupBy):
            return f"SELECT * FROM {self.operator.delta(run)}"
        expressions = [words(value) for _, value in self.operator.groups]
        for accumulator in (stored.accumulator for stored in self.operator.accumulators):
            if accumulator.rule is not Rule.RECOMPUTE and accumulator.distinct is None:
                expressions.append(accumulator.argument)
        return f"SELECT {', '.join(expressions) or '1'} FROM {self.operator.inputs[0].changes(run)}"
