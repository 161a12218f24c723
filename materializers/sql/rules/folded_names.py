"""Unquoted names -> lower case, as PostgreSQL folds them: `Id` is `id`, `"Id"` is not."""

from __future__ import annotations

from string import ascii_lowercase, ascii_uppercase

from sqlglot import exp

from materializers.sql.rules.rule import Fail

_FOLDED = str.maketrans(ascii_uppercase, ascii_lowercase)


def folded_names(node: exp.Expr, fail: Fail) -> exp.Expr:
    """Fold an unquoted name; letters beyond ASCII stay as they are."""
    if isinstance(node, exp.Identifier) and not node.args.get("quoted"):
        node.set("this", node.name.translate(_FOLDED))
    return node
