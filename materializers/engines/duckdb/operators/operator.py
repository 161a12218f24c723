"""What an operator of a view's plan is.

A delta is a relation with a weight column `#`: a row that arrives has +1, one that leaves -1.
While a batch is propagated every stored table (input tables, operators' state) already holds the
new rows; the old ones are rebuilt from the new rows and the delta where a rule needs them.
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
    """The quoted name of a column of the relation that a `Keys` restricts by."""
    return f'"#{index}"'


class Side(Enum):
    """Which state of the inputs a relation is asked for: before or after the batch."""

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
    """A relation of a plan, and the rule by which its changes follow from those of its inputs.

    `columns`: its result. `inputs`: the operators it reads. `kept`: "delta", "touched groups" or
    "full", for `explain`. `relation`: what it was made of, for whoever describes it.
    """

    columns: tuple[Column, ...]
    inputs: tuple[Operator, ...]
    kept: str = "delta"
    has_delta = True
    relation: Relation | None = None

    @abstractmethod
    def rows(self, side: Side, run: Run, keys: Keys | None = None) -> str:
        """SQL of a SELECT of the whole relation, or of the rows that `keys` lets through."""

    @abstractmethod
    def delta(self, run: Run) -> str | None:
        """SQL of a FROM item with `columns` and the weight: a temporary table, or a SELECT in
        parentheses; None where nothing changed. Called once per batch, through `changes`;
        state is moved to the new side. It may hold rows that cancel each other."""

    def changes(self, run: Run) -> str | None:
        """Its delta, worked out once a batch."""
        if id(self) not in run.deltas:
            try:
                run.deltas[id(self)] = self._checked(run, self.delta(run))
            except duckdb.Error as error:
                if not hasattr(error, "__notes__"):  # the innermost operator is to blame
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
        """Raise ViewError where a column holds a NULL that is planned to hold none. `rows`: SQL
        of a FROM item with the operator's rows."""
        strict = [column.name for column in self.columns if not column.nullable]
        if not strict:
            return
        tests = ", ".join(f"bool_or({quote(name)} IS NULL)" for name in strict)
        found = run.connection.execute(f"SELECT {tests} FROM {rows}").fetchone() or ()
        for name in (name for name, has_null in zip(strict, found, strict=True) if has_null):
            what = f"column {name} holds a NULL and is planned to hold none"
            raise ViewError(f"{what} (in: {self.describe()})")

    def fill(self, run: Run) -> None:
        """Fill the state, as `build` says; an error names the operator."""
        try:
            self.build(run)
        except duckdb.Error as error:
            error.add_note(self.describe())
            raise

    def describe(self) -> str:
        """One line that names it."""
        return relation_text(self.relation) if self.relation else type(self).__name__.lower()

    def state(self) -> dict[str, str]:
        """The state tables this operator keeps: name -> column definitions."""
        return {}

    def build(self, run: Run) -> None:
        """Fill the state from the inputs' new rows, in bulk; the inputs are built already."""
        assert not self.state(), f"{type(self).__name__} has state and does not build it"

    def walk(self) -> Iterator[Operator]:
        """Inputs first, each once."""
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
        """`sql`, restricted by `keys` from outside, where it cannot be pushed further in."""
        return f"SELECT * FROM ({sql}) {keys.semi_join()}" if keys else sql
