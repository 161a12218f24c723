"""Filter and project: linear, so that a delta passes through row by row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from materializers.operators.operator import WEIGHT, Column, Keys, Operator, Side
from materializers.operators.run import Run
from materializers.plan.render.words import words
from materializers.plan.types.expression import ColumnRef, Expression, quote


class Map(Operator):
    """`outputs`: (name in the plan, expression over the input); `predicate`: or None.
    `reason`: why an expression in it keeps it from having a delta."""

    reason = ""

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
        # column of the input -> the first output that carries it unchanged
        known: dict[str, str] = {}
        for name, expression in outputs:
            if isinstance(expression, ColumnRef):
                known.setdefault(expression.column, name)
        self.keys = tuple(
            frozenset(known[k] for k in key) for key in child.keys if key <= known.keys()
        )

    def _select(self) -> str:
        return ", ".join(f"{words(e)} AS {quote(n)}" for n, e in self.outputs)

    def _where(self) -> str:
        return f" WHERE {words(self.predicate)}" if self.predicate is not None else ""

    def rows(self, side: Side, run: Run, keys: Keys | None = None) -> str:
        inner = self._pushed(keys) if keys else None
        child = self.inputs[0].rows(side, run, inner)
        sql = f"SELECT {self._select()} FROM ({child}){self._where()}"
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
        delta = run.delta_of(self.inputs[0])
        if delta is None:
            return None
        return f"(SELECT {self._select()}, {WEIGHT} FROM {delta}{self._where()})"

    def describe(self) -> str:
        shown = [n if words(e) == quote(n) else f"{n} = {words(e)}" for n, e in self.outputs]
        text = ", ".join(s if len(s) <= 60 else s[:57] + "…" for s in shown)
        where = f" where {words(self.predicate)}" if self.predicate is not None else ""
        return f"project {text}{where}"


def unchanged(columns: Iterable[Column]) -> list[tuple[str, Expression]]:
    """Outputs of a Map that pass columns on."""
    return [(c.name, ColumnRef(c.name, c.type, c.nullable)) for c in columns]
