"""GROUP BY: a row of accumulators for each group.

State: the group's columns, `#n` (its number of rows) and one column per accumulator. For the groups
of a delta, sums are added. min and max are merged, unless the extreme may have been deleted. What
cannot be merged is recomputed from the input's new rows of these groups. Aggregates of distinct
values follow the delta of a stage: a grouping by group and value.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from materializers.engines.duckdb.operators.operator import WEIGHT, Keys, Operator, Side, key_column
from materializers.engines.duckdb.operators.run import Run
from materializers.engines.duckdb.render.aggregates.accumulator import Distinct, Rule
from materializers.engines.duckdb.render.aggregates.storage import (
    ROWS,
    Storage,
    StoredAccumulator,
    prefixed,
)
from materializers.engines.duckdb.render.words import words
from materializers.engines.duckdb.stored_type import stored_type
from materializers.sql.relations.relation import Column
from materializers.sql.types.aggregate_call import AggregateCall
from materializers.sql.types.expression import Expression, quote
from materializers.sql.types.sql_type import BIG

_ROW_WEIGHT = '"#w"'
_AGAIN = '"#again"'
_WAS = """ WHERE "-#n" IS NOT NULL"""


@dataclass(frozen=True, slots=True)
class Stage:
    """The distinct values of each group. `groups`, `value`: column names of an input."""

    distinct: Distinct
    groups: tuple[str, ...]
    value: str


class GroupBy(Operator):
    """`groups`: (name in the plan, expression over the input); `aggregates`: (name, call).
    Without groups it has exactly one row, also for an empty input. `table`: the state table; empty
    below a Recompute, without state. `stages`: one for each `Distinct` of the accumulators, with
    the operator that maintains it."""

    def __init__(
        self,
        child: Operator,
        groups: Sequence[tuple[str, Expression]],
        aggregates: Sequence[tuple[str, AggregateCall]],
        table: str,
        stages: tuple[tuple[Stage, Operator], ...] = (),
    ) -> None:
        self.inputs = (child, *(operator for _, operator in stages))
        self.stages = tuple(stage for stage, _ in stages)
        self.groups = groups
        self.aggregates = aggregates
        self.table = table
        self.columns = tuple(
            [Column(n, e.type, e.nullable) for n, e in groups]
            + [Column(n, a.type, a.nullable) for n, a in aggregates]
        )
        if Rule.RECOMPUTE in self._rules:
            self.upkeep = "touched groups"

    @cached_property
    def _storage(self) -> Storage:
        return Storage.of([call for _, call in self.aggregates])

    @property
    def accumulators(self) -> tuple[StoredAccumulator, ...]:
        """The accumulators, apart from the number of rows."""
        return self._storage.accumulators

    @cached_property
    def _rules(self) -> frozenset[Rule]:
        return frozenset(k.accumulator.rule for k in self.accumulators)

    # state

    def state(self) -> dict[str, str]:
        groups = [f"{quote(n)} {stored_type(e.type)}" for n, e in self.groups]
        stored = [f"{k.column} {stored_type(k.accumulator.type)}" for k in self.accumulators]
        return {self.table: ", ".join([*groups, f"{ROWS} BIGINT", *stored])} if self.table else {}

    def build(self, run: Run) -> None:
        if self.table:
            child = self.inputs[0].rows(Side.NEW, run)
            run.execute(f"INSERT INTO {self.table} {self._bulk(f'({child})')}")

    def _bulk(self, source: str) -> str:
        """SQL of the state of all groups, computed from all rows."""
        return self._grouped([f"count(*) AS {ROWS}", *(k.bulk for k in self.accumulators)], source)

    def _grouped(self, values: list[str], source: str) -> str:
        groups = [f"{words(e)} AS {quote(n)}" for n, e in self.groups]
        by = ", ".join(str(i + 1) for i in range(len(groups)))
        tail = f" GROUP BY {by}" if by else ""
        return f"SELECT {', '.join(groups + values)} FROM {source}{tail}"

    # rows

    def _results(self) -> str:
        """The result's columns in terms of a state row."""
        groups = [quote(n) for n, _ in self.groups]
        pairs = zip(self.aggregates, self._storage.results, strict=True)
        return ", ".join([*groups, *(f"{sql} AS {quote(name)}" for (name, _), sql in pairs)])

    def rows(self, side: Side, run: Run, keys: Keys | None = None) -> str:
        if not self.table:
            child = self.inputs[0].rows(side, run)
            return self.restricted(
                f"SELECT {self._results()} FROM ({self._bulk(f'({child})')})", keys
            )
        source = self.table
        if side is Side.OLD and self.table in run.before:
            touched, before = run.before[self.table]
            source = (
                f"(SELECT s.* FROM {self.table} s ANTI JOIN {touched} t ON {self._on('s', 't')}"
                f" UNION ALL SELECT * FROM {before})"
            )
        return self.restricted(f"SELECT {self._results()} FROM {source}", keys)

    def _on(self, one: str, two: str) -> str:
        pairs = [
            f"{one}.{quote(n)} {'IS NOT DISTINCT FROM' if e.nullable else '='} {two}.{quote(n)}"
            for n, e in self.groups
        ]
        return " AND ".join(pairs) or "true"

    # delta

    def delta(self, run: Run) -> str | None:
        delta = self.inputs[0].changes(run)
        stages = [operator.changes(run) for operator in self.inputs[1:]]
        if delta is None:
            return None
        moved = self._moved(run, self._touched(delta, stages))
        if moved is None:
            return None
        run.before[self.table] = (moved, f"(SELECT {self._side('-')} FROM {moved}{_WAS})")
        run.execute(f"DELETE FROM {self.table} s USING {moved} t WHERE {self._on('s', 't')}")
        run.execute(f"INSERT INTO {self.table} SELECT {self._side('')} FROM {moved}{self._is()}")
        return self._emitted(moved)

    def _emitted(self, moved: str) -> str:
        """The delta: each group's old result with -1 and new one with +1. Without aggregates, a
        group that exists before and after is left out."""
        new, old = self._is(), _WAS
        if not self.aggregates and self.groups:
            new, old = f'{new} AND "-#n" IS NULL', f"{old} AND {ROWS} = 0"
        return (
            f"(SELECT {self._results()}, {WEIGHT} FROM ("
            f"SELECT {self._side('')}, 1::BIGINT AS {WEIGHT} FROM {moved}{new} UNION ALL"
            f" SELECT {self._side('-')}, -1::BIGINT FROM {moved}{old}))"
        )

    def _is(self) -> str:
        """The condition that a group exists; without GROUP BY there is always one."""
        return f" WHERE {ROWS} > 0" if self.groups else ""

    def _side(self, prefix: str) -> str:
        """A state row from a row of `moved`: the old one by the prefix `-`, else the new one."""
        names = [ROWS, *(k.column for k in self.accumulators)]
        values = [f"{prefixed(prefix, n)} AS {n}" for n in names]
        return ", ".join([*(quote(n) for n, _ in self.groups), *values])

    def _of_rule(self, *rules: Rule) -> list[StoredAccumulator]:
        return [k for k in self.accumulators if k.accumulator.rule in rules]

    def _touched(self, delta: str, stages: list[str | None]) -> str:
        """For each group of the delta: the change of each sum, and the best inserted and deleted
        values. With sums alone, a group whose sums do not change is left out."""
        by = ", ".join(quote(n) for n, _ in self.groups)
        changes = {ROWS: f"sum({_ROW_WEIGHT if self.stages else WEIGHT})::BIGINT"}
        for stored in self._of_rule(Rule.SUM):
            product = f"sum({self._weighted(stored)})"
            changes[stored.column] = f"CAST({product} AS {stored_type(stored.accumulator.type)})"
        listed = [quote(n) for n, _ in self.groups]
        listed += [f"{sql} AS {name}" for name, sql in changes.items()]
        listed += self._extremes_that_moved()
        touched = (
            f"SELECT {', '.join(listed)} FROM ({self._arguments(delta, stages)})"
            f"{f' GROUP BY {by}' if by else ''} HAVING count(*) > 0"
        )
        if not self._rules <= {Rule.SUM}:
            return touched
        counts_rows = bool(by) or self._storage.reads_rows
        moves = [name for name in changes if counts_rows or name != ROWS]
        has_moved = " OR ".join(f"{name} <> 0" for name in moves) or "false"
        return f"SELECT * FROM ({touched}) WHERE {has_moved}"

    @staticmethod
    def _weighted(stored: StoredAccumulator) -> str:
        if stored.accumulator.type == BIG:  # DuckDB multiplies these as doubles
            return f"pg_big_times({stored.column}, {WEIGHT})"
        return f"{stored.column} * {WEIGHT}"

    def _extremes_that_moved(self) -> list[str]:
        """The best of the inserted and of the deleted values."""
        return [
            f"{stored.accumulator.function}({stored.column}) FILTER (WHERE {WEIGHT} {weight})"
            f" AS {prefixed(sign, stored.column)}"
            for stored in self._of_rule(Rule.EXTREME)
            for sign, weight in (("+", "> 0"), ("-", "< 0"))
        ]

    def _arguments(self, delta: str, stages: list[str | None]) -> str:
        """The groups and arguments of the delta's rows, and of the stages' deltas, which do not
        count as rows."""
        of_rows = self._row_arguments(delta)
        if not self.stages:
            return of_rows
        parts = [f"SELECT *, {WEIGHT} AS {_ROW_WEIGHT} FROM ({of_rows})"]
        parts += [
            self._stage_arguments(stage, stage_delta)
            for stage, stage_delta in zip(self.stages, stages, strict=True)
            if stage_delta is not None
        ]
        return " UNION ALL ".join(parts)

    def _row_arguments(self, delta: str) -> str:
        """The delta's groups and arguments. With min or max they are consolidated: a value inserted
        and deleted in one batch must not count as an extreme."""
        groups = [f"{words(e)} AS {quote(n)}" for n, e in self.groups]
        stored = self._of_rule(Rule.SUM, Rule.EXTREME)
        values = [
            f"{'0' if k.accumulator.distinct else k.accumulator.argument} AS {k.column}"
            for k in stored
        ]
        listed = "".join(f"{value}, " for value in [*groups, *values])
        if Rule.EXTREME not in self._rules or Rule.RECOMPUTE in self._rules:
            return f"SELECT {listed}{WEIGHT} FROM {delta}"
        by = ", ".join(str(i + 1) for i in range(len(groups) + len(stored)))
        total = f"sum({WEIGHT})::BIGINT"
        return f"SELECT {listed}{total} AS {WEIGHT} FROM {delta} GROUP BY {by} HAVING {total} <> 0"

    def _stage_arguments(self, stage: Stage, delta: str) -> str:
        listed = [f"{quote(inner)} AS {quote(n)}"
                  for inner, (n, _) in zip(stage.groups, self.groups, strict=True)]  # fmt: skip
        for stored in self._of_rule(Rule.SUM, Rule.EXTREME):
            accumulator, sql = stored.accumulator, "0"
            if accumulator.rule is Rule.EXTREME:
                sql = f"CAST(NULL AS {stored_type(accumulator.type)})"
            elif accumulator.distinct == stage.distinct:
                sql = accumulator.argument.format(quote(stage.value))
            listed.append(f"{sql} AS {stored.column}")
        return f"SELECT {', '.join(listed)}, {WEIGHT}, 0 AS {_ROW_WEIGHT} FROM {delta}"

    def _moved(self, run: Run, touched: str) -> str | None:
        """The touched groups with their old and new state in one row; None without any."""
        old = [f"s.{k} AS {prefixed('-', k)}" for k in (ROWS, *self._names())]
        new = [f"coalesce(s.{ROWS}, 0) + t.{ROWS} AS {ROWS}"]
        groups, join = [f"t.{quote(n)}" for n, _ in self.groups], ""
        if Rule.RECOMPUTE in self._rules:
            name, count = run.temporary(touched)
            if not count:
                return None
            touched = f"(SELECT * FROM {name})"
            join = f" LEFT JOIN ({self._recomputed(run, name)}) r ON {self._on('r', 't')}"
            again = self._of_rule(Rule.RECOMPUTE, Rule.EXTREME)
            new += [f"{f'r.{k.column}' if k in again else k.merged} AS {k.column}"
                    for k in self.accumulators]  # fmt: skip
        else:
            touched = f"({touched})"
            new += [f"{k.merged} AS {k.column}" for k in self.accumulators]
            if Rule.EXTREME in self._rules:
                tests = [f"coalesce({k.extreme_left}, false)" for k in self._of_rule(Rule.EXTREME)]
                new.append(f"({' OR '.join(tests)}) AS {_AGAIN}")
        name, count = run.temporary(
            f"SELECT {', '.join(groups + new + old)} FROM {touched} t"
            f" LEFT JOIN {self.table} s ON {self._on('s', 't')}{join}"
        )
        if not count:
            return None
        return (
            self._with_extremes(run, name) if self._rules >= {Rule.EXTREME} and not join else name
        )

    def _names(self) -> list[str]:
        return [k.column for k in self.accumulators]

    def _with_extremes(self, run: Run, moved: str) -> str:
        """The same, with min and max recomputed in the groups whose extreme may be deleted."""
        left = f"(SELECT * FROM {moved} WHERE {_AGAIN})"
        if run.connection.execute(f"SELECT 1 FROM {left} LIMIT 1").fetchone() is None:
            return moved
        values = [
            f"CASE WHEN m.{_AGAIN} THEN r.{k.column} ELSE m.{k.column} END AS {k.column}"
            for k in self._of_rule(Rule.EXTREME)
        ]
        name, _ = run.temporary(
            f"SELECT m.* REPLACE ({', '.join(values)}) FROM {moved} m"
            f" LEFT JOIN ({self._recomputed(run, left)}) r ON {self._on('r', 'm')}"
        )
        return name

    def _recomputed(self, run: Run, groups: str) -> str:
        """The accumulators that cannot be merged, recomputed for some groups."""
        stored = self._of_rule(Rule.RECOMPUTE, Rule.EXTREME)
        return self._grouped([k.bulk for k in stored], f"({self._rows_of(run, groups)})")

    def _rows_of(self, run: Run, groups: str) -> str:
        """The input's new rows of some groups."""
        child = self.inputs[0]
        if not self.groups:
            return child.rows(Side.NEW, run)
        columns = [e.columns & child.names for _, e in self.groups]
        named = ", ".join(f"{quote(n)} AS {key_column(i)}" for i, (n, _) in enumerate(self.groups))
        keys = Keys(
            f"(SELECT DISTINCT {named} FROM {groups})",
            tuple(words(e) for _, e in self.groups),
            frozenset().union(*columns),
            any(e.nullable for _, e in self.groups),
        )
        return child.rows(Side.NEW, run, keys)
