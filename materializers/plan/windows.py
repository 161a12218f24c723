"""Window functions: worked out over the whole relation, so that their SELECT is recomputed."""

from __future__ import annotations

from sqlglot import exp

from materializers.operators.opaque import Opaque
from materializers.operators.operator import Column, Operator
from materializers.plan.aggregates import AGGREGATES, AggregateCall, aggregate
from materializers.plan.expression import Expression, quote
from materializers.plan.grouping import order_by, unpack
from materializers.plan.planned import Queries
from materializers.plan.sql_type import BIGINT, DOUBLE, SqlType
from materializers.plan.translator import Translator

_RANKS: dict[str, SqlType] = {
    "row_number": BIGINT,
    "rank": BIGINT,
    "dense_rank": BIGINT,
    "percent_rank": DOUBLE,
    "cume_dist": DOUBLE,
}
_VALUES = ("lag", "lead", "first_value", "last_value", "nth_value")


class Windows:
    """Collects the window functions of one SELECT, then makes the operator that adds their
    columns."""

    def __init__(self, planner: Queries, translate: Translator, node: exp.Select) -> None:
        self.translate = translate
        self.alias = planner.unique("window")
        self.named = {w.name: w for w in node.args.get("windows") or ()}
        self.columns: list[tuple[Column, str]] = []

    def around(self, translate: Translator) -> Translator:
        """A translator that answers for window functions before everything else."""
        inner = translate.hook

        def hook(node: exp.Expr) -> Expression | None:
            if isinstance(node, exp.Window):
                return self._window(node)
            return inner(node) if inner is not None else None

        outer = Translator(translate.source, translate.scope, translate.subquery, hook)
        self.translate = outer
        return outer

    def _window(self, node: exp.Window) -> Expression:
        call = node.this
        if not isinstance(call, exp.Anonymous):
            raise self.translate.fail("this window function is not supported", node)
        name = str(call.this).lower()
        sql, kind, nullable = self._function(name, call)
        column = Column(f"{self.alias}.{len(self.columns)}", kind, nullable)
        over = f"CAST({sql} OVER ({self._over(node)}) AS {kind.duckdb})"
        self.columns.append((column, over))
        return Expression(quote(column.name), kind, nullable)

    def _function(self, name: str, call: exp.Anonymous) -> tuple[str, SqlType, bool]:
        if name in _RANKS:
            return f"{name}()", _RANKS[name], False
        arguments = [self.translate(a) for a in unpack(call)[0] if not isinstance(a, exp.Star)]
        if name in _VALUES:
            listed = ", ".join(a.sql for a in arguments)
            return f"{name}({listed})", arguments[0].type, True
        if name in ("count", "sum", "min", "max", "bool_and", "bool_or"):
            star = not arguments
            spec = AggregateCall(
                name, tuple(arguments), lambda m: self.translate.fail(m, call), star
            )
            kept = aggregate(spec)
            inner = "*" if star else arguments[0].sql
            return f"{name}({inner})", kept.type, kept.nullable
        known = "an aggregate" if name in AGGREGATES else "a function"
        raise self.translate.fail(f"{name}() as {known} over a window is not supported", call)

    def _over(self, node: exp.Window) -> str:
        base = self.named.get(node.alias) if node.alias else None
        parts = []
        partition = node.args.get("partition_by") or (base and base.args.get("partition_by"))
        if partition:
            parts.append(f"PARTITION BY {', '.join(self.translate(p).sql for p in partition)}")
        order = node.args.get("order") or (base and base.args.get("order"))
        if order:
            parts.append(order_by(order.expressions, self.translate).strip())
        spec = node.args.get("spec") or (base and base.args.get("spec"))
        if spec is not None:
            parts.append(spec.sql(dialect="postgres"))
        return " ".join(parts)

    def operator(self, child: Operator) -> Operator:
        """The relation with the windows' columns added; the child where there are none."""
        if not self.columns:
            return child
        listed = ", ".join(f"{sql} AS {quote(column.name)}" for column, sql in self.columns)
        own = child.column_list()
        return Opaque(
            (child,),
            child.columns + tuple(column for column, _ in self.columns),
            lambda inputs: f"SELECT {own}, {listed} FROM ({inputs[0]})",
            "window functions",
            child.keys,
        )
