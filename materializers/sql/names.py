"""PostgreSQL's name for an output column without an alias (parse_target.c, FigureColname)."""

from __future__ import annotations

from sqlglot import exp


def output_name(node: exp.Expr) -> str:
    """The output column's name."""
    return _name(node) or "?column?"


def _name(node: exp.Expr) -> str:
    if isinstance(node, (exp.Alias, exp.Column)):
        return str(node.alias_or_name)
    if isinstance(node, exp.Anonymous):
        return str(node.this).lower()
    if isinstance(node, (exp.Paren, exp.Filter, exp.Window, exp.WithinGroup)):
        return _name(node.this)
    if isinstance(node, exp.Cast):
        return _name(node.this) or str(node.to.sql(dialect="postgres")).lower().split("(")[0]
    if isinstance(node, exp.Case):
        default = node.args.get("default")
        return (_name(default) if default is not None else "") or "case"
    if isinstance(node, exp.Subquery):
        return output_name(node.this.selects[0])
    names = {
        exp.Extract: "extract",
        exp.Exists: "exists",
        exp.Substring: "substring",
        exp.Trim: "btrim",
        exp.Ceil: "ceil",
        exp.Floor: "floor",
        exp.StrPosition: "position",
        exp.AtTimeZone: "timezone",
        exp.Interval: "interval",
    }
    return names.get(type(node), "")


def is_star(node: exp.Expr) -> bool:
    """Whether an item of the select list is `*` or `table.*`."""
    if isinstance(node, exp.Star):
        return True
    return isinstance(node, exp.Column) and isinstance(node.this, exp.Star)
