"""`a RIGHT JOIN LATERAL (SELECT …)` -> `a RIGHT JOIN (SELECT …)`.

PostgreSQL allows no reference to the left side of a RIGHT or FULL JOIN, so LATERAL has no effect
there.
"""

from __future__ import annotations

from sqlglot import exp

from materializers.sql.rules.rule import Fail


def needless_lateral(node: exp.Expr, fail: Fail) -> exp.Expr:
    """Remove LATERAL from the entry of a RIGHT or FULL JOIN."""
    if not isinstance(node, exp.Join) or node.args.get("side") not in ("RIGHT", "FULL"):
        return node
    lateral = node.this
    if isinstance(lateral, exp.Lateral) and isinstance(lateral.this, exp.Subquery):
        query = lateral.this
        query.set("alias", lateral.args.get("alias"))
        node.set("this", query)
    return node
