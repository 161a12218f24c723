"""The rewrite rules in order, and their application."""

from __future__ import annotations

from functools import partial

from sqlglot import exp

from materializers.sql.catalogue import FunctionCatalogue
from materializers.sql.depth import deeply_nested
from materializers.sql.dialect import parse
from materializers.sql.place import Source
from materializers.sql.rules.array_queries import array_queries
from materializers.sql.rules.exists_lists import exists_lists
from materializers.sql.rules.folded_names import folded_names
from materializers.sql.rules.group_positions import group_positions
from materializers.sql.rules.keyword_case import keyword_case
from materializers.sql.rules.limits import limits
from materializers.sql.rules.named_windows import named_windows
from materializers.sql.rules.needless_lateral import needless_lateral
from materializers.sql.rules.parentheses import parentheses
from materializers.sql.rules.query_arguments import query_arguments
from materializers.sql.rules.rule import Rule
from materializers.sql.rules.set_functions import set_functions

_FORMS: tuple[Rule, ...] = (
    keyword_case,
    folded_names,
    query_arguments,
    parentheses,
    exists_lists,
    limits,
    named_windows,
    needless_lateral,
)
"""Rules that need no catalogue. Keywords and names are normalized first, since later rules compare
them."""


def rules_of(functions: FunctionCatalogue) -> tuple[Rule, ...]:
    """All rules, for views that may call these functions."""
    return (*_FORMS, partial(set_functions, functions), array_queries, group_positions)


def parsed(source: Source, functions: FunctionCatalogue) -> exp.Expr:
    """Parse a view's SELECT and apply all rules, for the planner. Raises ViewError."""
    with deeply_nested(source):
        return rewritten(parse(source), source, rules_of(functions))


def tables_named(source: Source) -> list[exp.Table]:
    """The tables that a view names, in nested SELECTs too; needs no catalogue. Raises ViewError
    where it is not one SELECT."""
    with deeply_nested(source):
        return list(rewritten(parse(source), source, _FORMS).find_all(exp.Table))


def rewritten(query: exp.Expr, source: Source, rules: tuple[Rule, ...]) -> exp.Expr:
    """Apply each rule to all nodes of the query, children before parents."""
    for rule in rules:
        for node in reversed(list(query.walk())):
            query = _replaced(query, node, rule, source)
    return query


def _replaced(query: exp.Expr, node: exp.Expr, rule: Rule, source: Source) -> exp.Expr:
    parent, key, index = node.parent, node.arg_key, node.index
    replacement = rule(node, lambda message, place: source.error(message, place))
    if replacement is node:
        return query
    if parent is None:
        replacement.parent = None
        return replacement
    assert key is not None
    parent.set(key, replacement, index)
    return query
