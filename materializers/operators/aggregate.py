"""GROUP BY: one row per group, kept as accumulators.

State: the group's columns, `#n` (its number of rows) and one column per accumulator. For the
groups of a delta: sums are added; min and max are merged, unless the extreme may have left; what
cannot be merged is worked out again from the input's new rows of those groups.
"""

from __future__ import annotations

from dataclasses import dataclass

from materializers.operators.operator import (
    WEIGHT,
    Column,
    Keys,
    Operator,
    Side,
    key_column,
)
from materializers.operators.run import Run
from materializers.plan.aggregates import Accumulator, Aggregate, Rule
from materializers.plan.expression import Expression, quote

ROWS = '"#n"'
_WAS = """ WHERE "-#n" IS NOT NULL"""


@dataclass(frozen=True, slots=True)
class Kept:
    """An accumulator and its column in the state."""

    column: str
    accumulator: Accumulator


class GroupBy(Operator):
    """`groups`: (name in the plan, expression over the input); `aggregates`: (name, what to keep).
    Without groups it has exactly one row, also for an empty input. `table`: the state table's
    name; empty where the relation stands below a Recompute and keeps nothing. `key`: those of the
    groups that determine the others."""

    def __init__(
        self,
        child: Operator,
        groups: list[tuple[str, Expression]],
        aggregates: list[tuple[str, Aggregate]],
        table: str,
        key: frozenset[str],
    ) -> None:
        self.inputs = (child,)
        self.groups = groups
        self.aggregates = aggregates
        self.table = table
        self.kept_values, self._places = _share(aggregates)
        self.columns = tuple(
            [Column(n, e.type, e.nullable) for n, e in groups]
            + [Column(n, a.type, a.nullable) for n, a in aggregates]
        )
        self.keys = (key,)
        if any(k.accumulator.rule is Rule.AGAIN for k in self.kept_values):
            self.kept = "touched groups"

    # state

    def state(self) -> dict[str, str]:
        groups = [f"{quote(n)} {e.type.duckdb}" for n, e in self.groups]
        kept = [f"{k.column} {k.accumulator.type}" for k in self.kept_values]
        return {self.table: ", ".join([*groups, f"{ROWS} BIGINT", *kept])} if self.table else {}

    def build(self, run: Run) -> None:
        if self.table:
            child = self.inputs[0].rows(Side.NEW, run)
            run.execute(f"INSERT INTO {self.table} {self._whole(f'({child})')}")

    def _whole(self, source: str) -> str:
        """The state of all groups in a relation, from nothing."""
        values = [f"count(*) AS {ROWS}"]
        values += [
            f"CAST({k.accumulator.whole} AS {k.accumulator.type}) AS {k.column}"
            for k in self.kept_values
        ]
        return self._grouped(values, source)

    def _grouped(self, values: list[str], source: str) -> str:
        groups = [f"{e.sql} AS {quote(n)}" for n, e in self.groups]
        by = ", ".join(str(i + 1) for i in range(len(groups)))
        tail = f" GROUP BY {by}" if by else ""
        return f"SELECT {', '.join(groups + values)} FROM {source}{tail}"

    # rows

    def _results(self) -> str:
        """The result's columns over a row of the state."""
        groups = [quote(n) for n, _ in self.groups]
        values = []
        for (name, aggregate), places in zip(self.aggregates, self._places, strict=True):
            sql = aggregate.result
            for index, place in enumerate(places):
                sql = sql.replace(f"{{{index}}}", self.kept_values[place].column)
            values.append(f"{sql} AS {quote(name)}")
        return ", ".join(groups + values)

    def rows(self, side: Side, run: Run, keys: Keys | None = None) -> str:
        if not self.table:
            child = self.inputs[0].rows(side, run)
            return self.restricted(
                f"SELECT {self._results()} FROM ({self._whole(f'({child})')})", keys
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
        delta = run.delta_of(self.inputs[0])
        if delta is None:
            return None
        touched, count = run.temporary(self._touched(delta))
        if not count:
            return None
        moved = self._moved(run, touched)
        run.before[self.table] = (touched, f"(SELECT {self._side('-')} FROM {moved}{_WAS})")
        run.execute(f"DELETE FROM {self.table} s USING {touched} t WHERE {self._on('s', 't')}")
        run.execute(f"INSERT INTO {self.table} SELECT {self._side('')} FROM {moved}{self._is()}")
        return (
            f"(SELECT {self._results()}, {WEIGHT} FROM ("
            f"SELECT {self._side('')}, 1::BIGINT AS {WEIGHT} FROM {moved}{self._is()} UNION ALL"
            f" SELECT {self._side('-')}, -1::BIGINT FROM {moved}{_WAS}))"
        )

    def _is(self) -> str:
        """The groups that exist after the batch; without GROUP BY there is one, always."""
        return f" WHERE {ROWS} > 0" if self.groups else ""

    def _side(self, prefix: str) -> str:
        """A row of the state out of a row of `moved`: old with the prefix `-`, else new."""
        names = [ROWS, *(k.column for k in self.kept_values)]
        values = [f"{_prefixed(prefix, n)} AS {n}" for n in names]
        return ", ".join([*(quote(n) for n, _ in self.groups), *values])

    def _touched(self, delta: str) -> str:
        """Per group of the delta: the change of each sum, the values that came and left."""
        by = ", ".join(quote(n) for n, _ in self.groups)
        listed = f"{by}, " if by else ""
        values = [f"sum({WEIGHT})::BIGINT AS {ROWS}"]
        for kept in self.kept_values:
            accumulator, column = kept.accumulator, kept.column
            if accumulator.rule is Rule.SUM:
                product = f"sum({column} * {WEIGHT})"
                values.append(f"CAST({product} AS {accumulator.type}) AS {column}")
            elif accumulator.rule is Rule.EXTREME:
                for sign, weight in (("+", "> 0"), ("-", "< 0")):
                    found = f"{accumulator.function}({column}) FILTER (WHERE {WEIGHT} {weight})"
                    values.append(f"{found} AS {_prefixed(sign, column)}")
        tail = f"GROUP BY {by}" if by else "HAVING count(*) > 0"
        return f"SELECT {listed}{', '.join(values)} FROM ({self._arguments(delta)}) {tail}"

    def _arguments(self, delta: str) -> str:
        """The groups and arguments of the delta's rows. Where min or max is merged, rows that
        cancel each other go: a value that came and left was never there to take a place."""
        groups = [f"{e.sql} AS {quote(n)}" for n, e in self.groups]
        kept = [k for k in self.kept_values if k.accumulator.rule is not Rule.AGAIN]
        listed = ", ".join([*groups, *(f"{k.accumulator.argument} AS {k.column}" for k in kept)])
        comma = ", " if listed else ""
        rules = {k.accumulator.rule for k in self.kept_values}
        if Rule.EXTREME not in rules or Rule.AGAIN in rules:
            return f"SELECT {listed}{comma}{WEIGHT} FROM {delta}"
        by = ", ".join(str(i + 1) for i in range(len(groups) + len(kept)))
        total = f"sum({WEIGHT})::BIGINT"
        return (
            f"SELECT {listed}, {total} AS {WEIGHT} FROM {delta} GROUP BY {by} HAVING {total} <> 0"
        )

    def _moved(self, run: Run, touched: str) -> str:
        """The touched groups with their old and new state side by side."""
        old = [f"s.{n} AS {_prefixed('-', n)}" for n in (ROWS, *self._names())]
        if self._needs_again(run, touched):
            again, _ = run.temporary(self._whole(f"({self._rows_of(run, touched)})"))
            new = [f"coalesce(r.{ROWS}, 0) AS {ROWS}"]
            new += [f"r.{column} AS {column}" for column in self._names()]
            join = f" LEFT JOIN {again} r ON {self._on('r', 't')}"
        else:
            new, join = [f"coalesce(s.{ROWS}, 0) + t.{ROWS} AS {ROWS}"], ""
            new += [f"{_merged(k)} AS {k.column}" for k in self.kept_values]
        groups = [f"t.{quote(n)}" for n, _ in self.groups]
        name, _ = run.temporary(
            f"SELECT {', '.join(groups + new + old)} FROM {touched} t"
            f" LEFT JOIN {self.table} s ON {self._on('s', 't')}{join}"
        )
        return name

    def _names(self) -> list[str]:
        return [k.column for k in self.kept_values]

    def _needs_again(self, run: Run, touched: str) -> bool:
        """Whether some group cannot be brought up to date by adding and merging: then the
        touched groups are worked out again from the input's new rows."""
        rules = {k.accumulator.rule for k in self.kept_values}
        if Rule.AGAIN in rules:
            return True
        if Rule.EXTREME not in rules:
            return False
        tests = [_extreme_left(k) for k in self.kept_values if k.accumulator.rule is Rule.EXTREME]
        found = run.connection.execute(
            f"SELECT 1 FROM {touched} t JOIN {self.table} s ON {self._on('s', 't')}"
            f" WHERE {' OR '.join(tests)} LIMIT 1"
        ).fetchone()
        return found is not None

    def _rows_of(self, run: Run, groups: str) -> str:
        """The input's new rows that belong to some groups."""
        child = self.inputs[0]
        if not self.groups:
            return child.rows(Side.NEW, run)
        plain = {quote(c.name): c.name for c in child.columns}
        columns = [frozenset(c for q, c in plain.items() if q in e.sql) for _, e in self.groups]
        named = ", ".join(f"{quote(n)} AS {key_column(i)}" for i, (n, _) in enumerate(self.groups))
        keys = Keys(
            f"(SELECT DISTINCT {named} FROM {groups})",
            tuple(e.sql for _, e in self.groups),
            frozenset().union(*columns),
            any(e.nullable for _, e in self.groups),
        )
        return child.rows(Side.NEW, run, keys)

    def describe(self) -> str:
        by = ", ".join(e.sql for _, e in self.groups) or "nothing"
        return f"group by {by}: {len(self.aggregates)} aggregates"


def _prefixed(prefix: str, column: str) -> str:
    return f'"{prefix}{column[1:-1]}"'


def _merged(kept: Kept) -> str:
    """The new value of an accumulator from the old one (s) and the batch's part (t)."""
    accumulator, column = kept.accumulator, kept.column
    if accumulator.rule is Rule.SUM:
        return f"CAST(coalesce(s.{column}, 0) + t.{column} AS {accumulator.type})"
    pick = "greatest" if accumulator.function == "max" else "least"
    return f"{pick}(s.{column}, t.{_prefixed('+', column)})"


def _extreme_left(kept: Kept) -> str:
    """Whether the extreme may have left; an equal or better value that came takes its place."""
    sign = ">=" if kept.accumulator.function == "max" else "<="
    came, left = _prefixed("+", kept.column), _prefixed("-", kept.column)
    replaced = f"coalesce(t.{came} {sign} s.{kept.column}, false)"
    return f"(t.{left} {sign} s.{kept.column} AND NOT {replaced})"


def _share(
    aggregates: list[tuple[str, Aggregate]],
) -> tuple[list[Kept], list[list[int]]]:
    """Each distinct accumulator once, and per aggregate which ones it reads."""
    kept: list[Kept] = []
    places: list[list[int]] = []
    index: dict[Accumulator, int] = {}
    for _, aggregate in aggregates:
        for accumulator in aggregate.accumulators:
            if accumulator not in index:
                index[accumulator] = len(kept)
                kept.append(Kept(quote(f"#{len(kept)}"), accumulator))
        places.append([index[a] for a in aggregate.accumulators])
    return kept, places
