"""The items of a select list, and the references of ORDER BY to them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from materializers.sql.nested.undecorrelated import Undecorrelated


def unaliased(items: Sequence[exp.Expr]) -> list[exp.Expr]:
    """The items of a select list without their aliases."""
    return [e.this if isinstance(e, exp.Alias) else e for e in items]


def ordered_by(node: exp.Expr, items: Sequence[exp.Expr]) -> exp.Expr:
    """The expression that an item of ORDER BY or DISTINCT ON refers to by number or name, else the
    item itself (manual, "Sorting Rows"). Raises Undecorrelated for a number out of range."""
    if isinstance(node, exp.Literal) and node.is_int:
        if not 1 <= int(node.name) <= len(items):
            raise Undecorrelated(f"ORDER BY position {node.name} is not in its list")
        return unaliased(items)[int(node.name) - 1].copy()
    if isinstance(node, exp.Column) and not node.table:
        named = [item for item in items if item.alias_or_name == node.name]
        if named:
            return unaliased(named)[0].copy()
    return node
