"""The columns that a query names: only these columns of its tables are stored."""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp


@dataclass(slots=True)
class Usage:
    """`qualified`: alias -> names written as `alias.name`; `bare`: unqualified names, which may
    belong to any table; `whole`: aliases of which every column is used; `everything`: `*`."""

    qualified: dict[str, set[str]]
    bare: set[str]
    whole: set[str]
    everything: bool

    def of(self, alias: str) -> set[str] | None:
        """The columns of an entry of FROM that may be used; None for all."""
        if self.everything or alias in self.whole or alias in self.bare:
            return None
        return self.qualified.get(alias, set()) | self.bare


def used_columns(query: exp.Expr) -> Usage:
    """Collect the names in a query, nested SELECTs included."""
    usage = Usage({}, set(), set(), any(_is_bare_star(s) for s in query.find_all(exp.Star)))
    for column in query.find_all(exp.Column):
        if isinstance(column.this, exp.Star):
            usage.whole.add(column.table)
        elif column.table:
            usage.qualified.setdefault(column.table, set()).add(column.name)
        else:
            usage.bare.add(column.name)
    for join in query.find_all(exp.Join):
        usage.bare.update(name.name for name in join.args.get("using") or ())
        usage.everything |= (join.args.get("method") or "").upper() == "NATURAL"
    for each in query.find_all(exp.Subquery):
        if each.alias and is_parenthesised_join(each):
            _add_joined(each.args["alias"], usage)
    return usage


def _add_joined(alias: exp.TableAlias, usage: Usage) -> None:
    """`(a JOIN b …) AS alias`: a column used of `alias` is used of its tables."""
    usage.bare.update(usage.qualified.get(alias.name, ()))
    usage.everything |= bool(alias.columns) or alias.name in usage.whole | usage.bare


def _is_bare_star(star: exp.Star) -> bool:
    """Whether it is `SELECT *`; `count(*)` and `alias.*` are not."""
    return isinstance(star.parent, exp.Select)


def is_parenthesised_join(node: exp.Expr) -> bool:
    """Whether the parentheses contain entries of FROM, not a query."""
    if not isinstance(node, exp.Subquery):
        return False
    inner = node.this
    if isinstance(inner, exp.Table):
        return True
    return isinstance(inner, exp.Subquery) and (
        bool(inner.alias or inner.args.get("joins")) or is_parenthesised_join(inner)
    )
