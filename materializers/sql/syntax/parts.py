"""Checks that a parsed query has only parts of PostgreSQL's grammar.

sqlglot stores what it reads of other dialects in parts of its nodes that the planner does not read:
`* EXCLUDE (n)`, `LIMIT 10 PERCENT`, `a[1:9:2]`. For each kind of node with such parts, those of
PostgreSQL are listed here; any other part is a syntax error.
"""

from __future__ import annotations

from sqlglot import exp

from materializers.errors import ViewError
from materializers.sql.place import Source
from materializers.sql.syntax.keywords import FUNCTION_OR_TYPE, NEEDS_AS, RESERVED

_QUERY = {"with_", "order", "limit", "offset", "locks"}
_PARTS: dict[type[exp.Expr], set[str]] = {
    exp.Star: set(),
    exp.Select: _QUERY | {"expressions", "from_", "joins", "where", "group", "having", "windows",
                          "distinct", "into"},
    exp.Union: _QUERY | {"this", "expression", "distinct"},
    exp.Intersect: _QUERY | {"this", "expression", "distinct"},
    exp.Except: _QUERY | {"this", "expression", "distinct"},
    exp.Subquery: _QUERY | {"this", "alias", "joins", "sample"},
    exp.CTE: {"this", "alias", "materialized"},
    exp.With: {"expressions", "recursive", "search"},
    exp.Table: {"this", "alias", "db", "catalog", "joins", "sample", "only", "ordinality",
                "rows_from"},
    exp.TableAlias: {"this", "columns"},
    exp.Join: {"this", "on", "using", "side", "kind", "method"},
    exp.Lateral: {"this", "alias", "ordinality"},
    exp.Distinct: {"on", "expressions"},
    exp.Group: {"expressions", "all"},
    exp.Order: {"this", "expressions"},
    exp.Ordered: {"this", "desc", "nulls_first"},
    exp.Limit: {"this", "expression"},
    exp.Offset: {"this", "expression"},
    exp.Fetch: {"this", "direction", "count", "limit_options"},
    exp.Slice: {"this", "expression"},
    exp.Window: {"this", "partition_by", "order", "spec", "alias", "over"},
    exp.WindowSpec: {"kind", "start", "start_side", "end", "end_side", "exclude"},
    exp.Case: {"this", "ifs", "default"},
    exp.Anonymous: {"this", "expressions"},
}  # fmt: skip
_FOREIGN = (exp.Lambda, exp.Struct, exp.Map, exp.PropertyEQ, exp.Pivot, exp.Hint, exp.Parameter,
            exp.Placeholder, exp.SessionParameter, exp.TryCast,
            exp.IgnoreNulls, exp.RespectNulls)  # fmt: skip
_CHAINS = (
    (exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE),
    (exp.Like, exp.ILike, exp.SimilarTo, exp.In, exp.Between),
)
_KINDS = ("", "INNER", "OUTER", "CROSS")


def check_parts(query: exp.Expr, source: Source) -> None:
    """Raise ViewError at the first part that is not in PostgreSQL's grammar."""
    for node in query.walk():
        known = _PARTS.get(type(node))
        if known is not None:
            unknown = next((n for n, part in node.args.items() if part and n not in known), None)
            if unknown is not None:
                part = node.args[unknown]
                place = part if isinstance(part, exp.Expr) else node
                word = unknown.strip("_").replace("_", " ").upper()
                raise _error(source, f"PostgreSQL has no {word} here", place)
        if isinstance(node, _FOREIGN):
            raise _error(source, f"PostgreSQL has no {node.key} here", node)
        if isinstance(node, exp.Join) and not _is_join(node):
            raise _error(source, "PostgreSQL has no such JOIN", node)
        if isinstance(node, exp.Subquery) and _is_table_alone(node.this):
            raise _error(source, "one table in parentheses", node)
        if isinstance(node, exp.Identifier):
            _check_name(node, source)
        _check_chain(node, source)


def _error(source: Source, message: str, node: exp.Expr) -> ViewError:
    return source.error(f"syntax error: {message}", node)


def _is_join(node: exp.Join) -> bool:
    kind, method = node.args.get("kind") or "", node.args.get("method") or ""
    has_condition = bool(node.args.get("on") or node.args.get("using"))
    if str(kind).upper() not in _KINDS or str(method).upper() not in ("", "NATURAL"):
        return False
    is_free = str(kind).upper() == "CROSS" or bool(method)
    return not (is_free and has_condition)


def _is_table_alone(node: exp.Expr) -> bool:
    """Whether it is one table, no query, without joins."""
    is_entry = isinstance(node, exp.Table) or (isinstance(node, exp.Subquery) and bool(node.alias))
    return is_entry and not node.args.get("joins")


def _check_chain(node: exp.Expr, source: Source) -> None:
    """Refuse `a = b = c`: comparisons do not associate."""
    for kinds in _CHAINS:
        if isinstance(node, kinds) and isinstance(node.this, kinds):
            raise _error(source, "comparisons in a row need parentheses", node)


def _check_name(node: exp.Identifier, source: Source) -> None:
    """Refuse an unquoted word that cannot be a name there."""
    if node.args.get("quoted") or "start" not in node.meta:
        return
    word, parent = node.name.lower(), node.parent
    if isinstance(parent, exp.Alias) and node.arg_key == "alias":
        before = source.sql[: node.meta["start"]].rstrip().lower()
        is_refused = word in NEEDS_AS and not before.endswith("as")
    else:
        is_first = isinstance(parent, exp.TableAlias) or not _is_qualified(node)
        is_refused = is_first and word in RESERVED | FUNCTION_OR_TYPE
    if is_refused:
        raise source.error(f'syntax error at or near "{node.name}"', node)


def _is_qualified(node: exp.Identifier) -> bool:
    """Whether a name follows another name and a dot."""
    parent = node.parent
    if isinstance(parent, exp.Column) and node.arg_key == "this":
        return bool(parent.args.get("table"))
    if isinstance(parent, exp.Table) and node.arg_key == "this":
        return bool(parent.args.get("db"))
    return isinstance(parent, exp.Dot) and node.arg_key == "expression"
