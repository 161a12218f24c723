"""Keywords that the parser leaves as written -> upper case: `left` is LEFT."""

from __future__ import annotations

from sqlglot import exp

from materializers.sql.rules.rule import Fail


def keyword_case(node: exp.Expr, fail: Fail) -> exp.Expr:
    """Turn a node's keywords into upper case; `this` is a name or a value and stays."""
    for part, value in node.args.items():
        if isinstance(value, str) and part != "this":
            node.args[part] = value.upper()
    return node
