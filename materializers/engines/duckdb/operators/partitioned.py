"""The base class of relations with independent partitions: windows, DISTINCT ON, INTERSECT, EXCEPT.

A partition's rows follow from the inputs' rows of the same partition alone. So a delta touches only
the partitions of its rows: they are computed before and after the batch, and the difference is the
delta. Where a result depends on the order of rows (sums of floats, the first of peers), the last
one is stored in a state table, so that its deletion is exact.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

from materializers.engines.duckdb.operators.consolidated import difference
from materializers.engines.duckdb.operators.operator import Keys, Operator, Side, key_column
from materializers.engines.duckdb.operators.run import Run
from materializers.engines.duckdb.render.words import words
from materializers.engines.duckdb.stored_type import stored_type
from materializers.sql.relations.relation import Column
from materializers.sql.types.expression import Expression, quote

Partition = Sequence[Expression]


class Partitioned(Operator):
    """`partitions`: for each input the expressions, over its columns, of a row's partition; `own`:
    the same over the result's columns. Without any there is always one partition. `table`: the
    state table; empty where the old result is computed."""

    upkeep = "touched groups"

    def __init__(
        self,
        inputs: tuple[Operator, ...],
        partitions: tuple[Partition, ...],
        own: Partition,
        columns: tuple[Column, ...],
        table: str = "",
    ) -> None:
        self.inputs = inputs
        self.partitions = partitions
        self.own = tuple(words(value) for value in own)
        self.columns = columns
        self.table = table
        self.is_null_safe = any(e.nullable for partition in partitions for e in partition)
        if not own:
            self.upkeep = "full"

    @abstractmethod
    def select(self, *inputs: str) -> str:
        """SQL of the relation; `inputs`: a SELECT for each input."""

    # state

    def state(self) -> dict[str, str]:
        listed = ", ".join(f"{quote(c.name)} {stored_type(c.type)}" for c in self.columns)
        return {self.table: listed} if self.table else {}

    def build(self, run: Run) -> None:
        if self.table:
            run.execute(f"INSERT INTO {self.table} {self._made(Side.NEW, run, None)}")

    # rows

    def rows(self, side: Side, run: Run, keys: Keys | None = None) -> str:
        if self.table:
            return self.restricted(self._stored(side, run), keys)
        if keys is None or not self.own:
            return self.restricted(self._made(side, run, None), keys)
        if set(keys.expressions) <= set(self.own):
            return self._made(side, run, keys)
        return self.restricted(self._made(side, run, self._partitions_of(side, run, keys)), keys)

    def _partitions_of(self, side: Side, run: Run, keys: Keys) -> Keys | None:
        """Restricts to the partitions of the rows that `keys` selects; None where they are not
        known."""
        if len(self.inputs) > 1 or not keys.columns <= self.inputs[0].names:
            return None
        listed = ", ".join(f"{sql} AS {key_column(i)}" for i, sql in enumerate(self.own))
        rows = self.inputs[0].rows(side, run, keys)
        return Keys(
            f"(SELECT DISTINCT {listed} FROM ({rows}))", self.own, frozenset(), self.is_null_safe
        )

    def _made(self, side: Side, run: Run, keys: Keys | None) -> str:
        """The relation, computed from the inputs' rows of the partitions in `keys`."""
        sides = []
        for operator, partition in zip(self.inputs, self.partitions, strict=True):
            inner = self._keys_below(operator, partition, keys) if keys else None
            sides.append(operator.rows(side, run, inner))
        return self.select(*sides)

    def _keys_below(self, operator: Operator, partition: Partition, keys: Keys) -> Keys:
        below = [words(partition[self.own.index(e)]) for e in keys.expressions]
        used = {c.name for c in operator.columns if any(quote(c.name) in sql for sql in below)}
        return Keys(keys.relation, tuple(below), frozenset(used), keys.is_null_safe)

    def _stored(self, side: Side, run: Run) -> str:
        if side is Side.NEW or self.table not in run.before:
            return f"SELECT * FROM {self.table}"
        touched, before = run.before[self.table]
        if not self.own:
            return f"SELECT * FROM {before}"
        return (
            f"SELECT s.* FROM {self.table} s ANTI JOIN {touched} t ON {self._on('t')}"
            f" UNION ALL SELECT * FROM {before}"
        )

    def _on(self, touched: str) -> str:
        equals = "IS NOT DISTINCT FROM" if self.is_null_safe else "="
        pairs = [f"{sql} {equals} {touched}.{key_column(i)}" for i, sql in enumerate(self.own)]
        return " AND ".join(pairs) or "true"

    # delta

    def delta(self, run: Run) -> str | None:
        touched = self._touched(run)
        if touched is None:
            return None
        keys = None
        if self.own:
            keys = Keys(touched, self.own, frozenset(), self.is_null_safe)
        after = self._made(Side.NEW, run, keys)
        if not self.table:
            before = self._made(Side.OLD, run, keys)
            name, count = run.temporary(difference(self.column_list(), f"({after})", f"({before})"))
            return name if count else None
        return self._kept_delta(run, touched, after)

    def _touched(self, run: Run) -> str | None:
        """A temporary table of the partitions touched by the deltas; None without any."""
        parts = []
        for operator, partition in zip(self.inputs, self.partitions, strict=True):
            if (delta := operator.changes(run)) is not None:
                named = [f"{words(e)} AS {key_column(i)}" for i, e in enumerate(partition)]
                parts.append(f"SELECT DISTINCT {', '.join(named) or '1'} FROM {delta}")
        if not parts:
            return None
        name, count = run.temporary(" UNION ".join(parts))
        return name if count else None

    def _kept_delta(self, run: Run, touched: str, after: str) -> str | None:
        new, _ = run.temporary(after)
        which = f" s SEMI JOIN {touched} t ON {self._on('t')}" if self.own else ""
        before, _ = run.temporary(f"SELECT * FROM {self.table}{which}")
        delta, count = run.temporary(difference(self.column_list(), new, before))
        if not count:
            return None
        run.before[self.table] = (touched, before)
        using = f" s USING {touched} t WHERE {self._on('t')}" if self.own else ""
        run.execute(f"DELETE FROM {self.table}{using}")
        run.execute(f"INSERT INTO {self.table} SELECT {self.column_list()} FROM {new}")
        return delta
