"""The contract of operators.

A delta is a relation with a weight column `#`: +1 for an inserted row, -1 for a deleted one. While
a batch is propagated, the stored tables (input tables, operators' state) already have the new rows;
where a rule needs the old ones, they are computed from the new rows and the delta.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

import duckdb

from materializers.engines.duckdb.operators.run import Run
from materializers.errors import ViewError
from materializers.sql.printing.algebra import relation_text
from materializers.sql.relations.relation import Column, Relation
from materializers.sql.types.expression import quote

WEIGHT = '"#"'


def key_column(index: int) -> str:
    """The quoted name of a column in the relation of a `Keys`."""
    return f'"#{index}"'


class Side(Enum):
    """Before or after the batch."""

    OLD = "old"
    NEW = "new"


@dataclass(frozen=True, slots=True)
class Keys:
    """A restriction to rows whose `expressions` (SQL over `columns`) equal a row of `relation`
    (SQL of a relation with the columns `#0`, `#1`, …). NULL equals NULL where `is_null_safe`."""

    relation: str
    expressions: tuple[str, ...]
    columns: frozenset[str]
    is_null_safe: bool = False

    def semi_join(self) -> str:
        """The clause that restricts the FROM item before it."""
        equals = "IS NOT DISTINCT FROM" if self.is_null_safe else "="
        on = " AND ".join(f"{e} {equals} k.{key_column(i)}" for i, e in enumerate(self.expressions))
        return f"SEMI JOIN {self.relation} k ON {on or 'true'}"


class Operator(ABC):
    """Maintains one relation of a plan: its delta rule, and its state.

    `columns`: its result. `inputs`: the operators that it reads. `upkeep`: how it is maintained, in
    `explain`: "delta", "touched groups" or "full". `relation`: the relation it was made of.
    """

    columns: tuple[Column, ...]
    inputs: tuple[Operator, ...]
    upkeep: str = "delta"
    has_delta = True
    relation: Relation | None = None

    @abstractmethod
    def rows(self, side: Side, run: Run, keys: Keys | None = None) -> str:
        """SQL of a SELECT of the relation's rows, restricted by `keys` where given."""

    @abstractmethod
    def delta(self, run: Run) -> str | None:
        """SQL of a FROM item with `columns` and the weight: a temporary table, or a SELECT in
        parentheses; None where nothing changed. Updates the state. Called once per batch, through
        `changes`. The delta need not be consolidated."""

    def changes(self, run: Run) -> str | None:
        """Its delta, computed once a batch."""
        if id(self) not in run.deltas:
            try:
                run.deltas[id(self)] = self._checked(run, self.delta(run))
            except duckdb.Error as error:
                if not hasattr(error, "__notes__"):  # the innermost operator raised it
                    error.add_note(self.describe())
                raise
        return run.deltas[id(self)]

    def _checked(self, run: Run, delta: str | None) -> str | None:
        if delta is None or not run.checks_nulls:
            return delta
        delta = run.stored(delta)
        self.refuse_nulls(run, delta)
        return delta

    def refuse_nulls(self, run: Run, rows: str) -> None:
        """Raise ViewError where a column that is planned as never NULL has a NULL. `rows`: SQL of a
        FROM item with the operator's rows."""
        strict = [column.name for column in self.columns if not column.nullable]
        if not strict:
            return
        tests = ", ".join(f"bool_or({quote(name)} IS NULL)" for name in strict)
        nulls = run.connection.execute(f"SELECT {tests} FROM {rows}").fetchone() or ()
        for name in (name for name, has_null in zip(strict, nulls, strict=True) if has_null):
            what = f"column {name} has a NULL and is planned to have none"
            raise ViewError(f"{what} (in: {self.describe()})")

    def fill(self, run: Run) -> None:
        """Fill the state by `build`; an error names the operator."""
        try:
            self.build(run)
        except duckdb.Error as error:
            error.add_note(self.describe())
            raise

    def describe(self) -> str:
        """The operator in one line."""
        return relation_text(self.relation) if self.relation else type(self).__name__.lower()

    def state(self) -> dict[str, str]:
        """Its state tables: name -> column definitions."""
        return {}

    def build(self, run: Run) -> None:
        """Fill the state from the inputs' new rows, in bulk, after the inputs' state."""
        assert not self.state(), f"{type(self).__name__} has state and does not build it"

    def walk(self) -> Iterator[Operator]:
        """The operators below it and itself, each once, inputs first."""
        seen: set[int] = set()
        waiting: list[tuple[Operator, bool]] = [(self, False)]
        while waiting:
            operator, is_open = waiting.pop()
            if is_open:
                yield operator
            elif id(operator) not in seen:
                seen.add(id(operator))
                waiting.append((operator, True))
                waiting += ((each, False) for each in reversed(operator.inputs))

    @property
    def names(self) -> frozenset[str]:
        return frozenset(column.name for column in self.columns)

    def column_list(self, prefix: str = "") -> str:
        """The columns as a SELECT list."""
        return ", ".join(prefix + quote(column.name) for column in self.columns)

    def restricted(self, sql: str, keys: Keys | None) -> str:
        """`sql` restricted by `keys` from outside, for operators that cannot push them down."""
        return f"SELECT * FROM ({sql}) {keys.semi_join()}" if keys else sql
