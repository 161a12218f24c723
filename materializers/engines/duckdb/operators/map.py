"""Filter and project. Linear: a delta passes through row by row."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from materializers.engines.duckdb.operators.operator import WEIGHT, Keys, Operator, Side
from materializers.engines.duckdb.operators.run import Run
from materializers.engines.duckdb.render.condition import condition_words
from materializers.engines.duckdb.render.words import words
from materializers.sql.relations.relation import Column
from materializers.sql.types.expression import Expression, quote


class Map(Operator):
    """`outputs`: (name in the plan, expression over the input); `predicate`: None for all rows."""

    def __init__(
        self,
        child: Operator,
        outputs: Sequence[tuple[str, Expression]],
        predicate: Expression | None = None,
    ) -> None:
        self.inputs = (child,)
        self.outputs = outputs
        self.predicate = predicate
        self.columns = tuple(Column(n, e.type, e.nullable) for n, e in outputs)

    def _select(self) -> str:
        return ", ".join(f"{words(e)} AS {quote(n)}" for n, e in self.outputs)

    @cached_property
    def _where(self) -> str:
        return f" WHERE {condition_words(self.predicate)}" if self.predicate is not None else ""

    def rows(self, side: Side, run: Run, keys: Keys | None = None) -> str:
        inner = self._pushed(keys) if keys else None
        child = self.inputs[0].rows(side, run, inner)
        sql = f"SELECT {self._select()} FROM ({child}){self._where}"
        return sql if inner or keys is None else self.restricted(sql, keys)

    def _pushed(self, keys: Keys) -> Keys | None:
        sources = {quote(name): expression for name, expression in self.outputs}
        below = [sources[e] for e in keys.expressions if e in sources]
        used = [each.columns & self.inputs[0].names for each in below]
        if len(below) < len(keys.expressions) or not all(used) or not self.has_delta:
            return None
        listed = tuple(words(each) for each in below)
        return Keys(keys.relation, listed, frozenset().union(*used), keys.is_null_safe)

    def delta(self, run: Run) -> str | None:
        delta = self.inputs[0].changes(run)
        if delta is None:
            return None
        return f"(SELECT {self._select()}, {WEIGHT} FROM {delta}{self._where})"
