"""A relation that has no delta rule: it stands below a Recompute, which works it out in full."""

from __future__ import annotations

from collections.abc import Callable

from materializers.operators.operator import Column, Keys, Operator, Side
from materializers.operators.run import Run


class Opaque(Operator):
    """`make` turns the inputs' SQL into this relation's; `what` names it for `explain`."""

    kept = "full"
    has_delta = False

    def __init__(
        self,
        inputs: tuple[Operator, ...],
        columns: tuple[Column, ...],
        make: Callable[[list[str]], str],
        what: str,
        keys: tuple[frozenset[str], ...] = (),
    ) -> None:
        self.inputs = inputs
        self.columns = columns
        self.make = make
        self.what = what
        self.keys = keys

    def rows(self, side: Side, run: Run, keys: Keys | None = None) -> str:
        return self.restricted(self.make([i.rows(side, run) for i in self.inputs]), keys)

    def delta(self, run: Run) -> str | None:
        raise AssertionError(f"{self.what} has no delta; the planner must wrap it")

    def describe(self) -> str:
        return self.what
