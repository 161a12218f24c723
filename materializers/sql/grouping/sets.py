"""GROUPING SETS, ROLLUP, CUBE -> a list of grouping sets (manual, "GROUPING SETS, CUBE, and
ROLLUP")."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations, product

from sqlglot import exp

SETS_MAX = 64
"""Grouping sets of one SELECT; each has state of its own."""

Sets = list[tuple[exp.Expr, ...]]
_SEVERAL = (exp.GroupingSets, exp.Rollup, exp.Cube)


def grouping_sets(items: list[exp.Expr], leaf: Callable[[exp.Expr], exp.Expr]) -> Sets:
    """The grouping sets of a GROUP BY; one where it has only plain expressions. `leaf`: resolves a
    position or an alias of the select list."""
    sets: Sets = [()]
    for item in items:
        one = _sets(item, leaf)
        sets = [(*left, *right) for left, right in product(sets, one)][: SETS_MAX + 1]
    return sets


def has_grouping_sets(items: list[exp.Expr]) -> bool:
    return any(isinstance(item, _SEVERAL) for item in items)


def _sets(item: exp.Expr, leaf: Callable[[exp.Expr], exp.Expr]) -> Sets:
    if isinstance(item, exp.GroupingSets):
        return [each for part in item.expressions for each in _sets(part, leaf)]
    if isinstance(item, (exp.Rollup, exp.Cube)):
        parts = [_unit(part, leaf) for part in item.expressions]
        if isinstance(item, exp.Rollup):
            return [_joined(parts[:length]) for length in range(len(parts), -1, -1)]
        sizes = range(len(parts), -1, -1)
        return [_joined(list(some)) for size in sizes for some in combinations(parts, size)]
    return [_unit(item, leaf)]


def _unit(item: exp.Expr, leaf: Callable[[exp.Expr], exp.Expr]) -> tuple[exp.Expr, ...]:
    """The expressions of one unit of ROLLUP or CUBE: `a`, `(a)`, `(a, b)`, `()`."""
    if isinstance(item, exp.Tuple):
        return tuple(leaf(part) for part in item.expressions)
    if isinstance(item, exp.Paren):
        return (leaf(item.this),)
    return (leaf(item),)


def _joined(parts: list[tuple[exp.Expr, ...]]) -> tuple[exp.Expr, ...]:
    return tuple(node for part in parts for node in part)
