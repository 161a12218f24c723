"""Keywords that the parser keeps as they were written, in upper case: `left` is LEFT."""

from __future__ import annotations

from sqlglot import exp

from materializers.sql.rules.rule import Fail


def keyword_case(node: exp.Expr, fail: Fail) -> exp.Expr:
    """A node whose parts that are plain words are in upper case; `this` is a name or a value."""
    for part, value in node.args.items():
        if isinstance(value, str) and part != "this":
            node.args[part] = value.upper()
    return node
