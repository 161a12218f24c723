"""The rewrites, in order, and how they are applied."""

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
"""Words and names come first, then queries out of what the parser took for something else."""


def rules_of(functions: FunctionCatalogue) -> tuple[Rule, ...]:
    """All rewrites, for views that may call these functions."""
    return (*_FORMS, partial(set_functions, functions), array_queries, group_positions)


def parsed(source: Source, functions: FunctionCatalogue) -> exp.Expr:
    """The SELECT of a view as the planner takes it; raises ViewError where it is not one."""
    with deeply_nested(source):
        return rewritten(parse(source), source, rules_of(functions))


def tables_named(source: Source) -> list[exp.Table]:
    """What stands in FROM of a view, nested SELECTs included, whatever functions it calls. Raises
    ViewError where it is no SELECT."""
    with deeply_nested(source):
        return list(rewritten(parse(source), source, _FORMS).find_all(exp.Table))


def rewritten(query: exp.Expr, source: Source, rules: tuple[Rule, ...]) -> exp.Expr:
    """The query after each rule has seen each of its nodes, innermost first."""
    for rule in rules:
        for node in reversed(list(query.walk())):
            query = _replaced(query, node, rule, source)
    return query


def _replaced(query: exp.Expr, node: exp.Expr, rule: Rule, source: Source) -> exp.Expr:
    parent, key, index = node.parent, node.arg_key, node.index
    found = rule(node, lambda message, place: source.error(message, place))
    if found is node:
        return query
    if parent is None:
        found.parent = None
        return found
    assert key is not None
    parent.set(key, found, index)
    return query
