"""Renders the condition of a filter or a join, of which only truth matters.

As in PostgreSQL (orderclauses in createplan.c), cheaper tests come first; a test that may raise an
error is evaluated only where those before it are true. DuckDB alone would reorder them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from materializers.engines.duckdb.render.words import words
from materializers.sql.types.expression import Apply, Expression, boolean
from materializers.sql.types.raising import conjuncts_of, evaluation_cost, may_raise

Names = frozenset[str]
Pairs = Sequence[tuple[Expression, Expression]]


def condition_words(
    condition: Expression | None, equal: Pairs = (), sides: Sequence[Names] = ()
) -> str:
    """SQL of a condition. `equal`: pairs by which a join's inputs are hashed. `sides`: the columns
    of inputs whose rows may be filtered before the join: a test of one side waits only for tests of
    the same side."""
    if condition is None:
        return "true"
    safe, risky = _parted(condition, equal)
    if not risky or not (safe or len(risky) > 1):
        return words(condition)
    parts = [words(each) for each in safe]
    for side in [*sides, None]:
        mine = [each for each in risky if side is None or _reads_only(each, side)]
        risky = [each for each in risky if each not in mine]
        if mine:
            before = [each for each in safe if side is None or _reads_only(each, side)]
            parts.append(_in_turn(before, sorted(mine, key=evaluation_cost)))
    return " AND ".join(parts)


def _parted(condition: Expression, equal: Pairs) -> tuple[list[Expression], list[Expression]]:
    """The tests that never raise an error, and those that may. An equality that is the only one by
    which a join can be hashed is evaluated for every row anyway."""
    tests = list(conjuncts_of(condition))
    hashed = {boolean("=", *pair) for one, two in equal for pair in ((one, two), (two, one))}
    risky = [each for each in tests if may_raise(each)]
    if all(each in risky for each in tests if each in hashed):
        risky = [each for each in risky if each not in hashed]
    common = (part for each in risky for part in _common(each) if not may_raise(part))
    return [*(each for each in tests if each not in risky), *dict.fromkeys(common)], risky


def _common(test: Expression) -> Iterator[Expression]:
    """The tests that all operands of an OR have in common; PostgreSQL tests them once and first."""
    if isinstance(test, Apply) and test.name == "or":
        first, *others = (list(conjuncts_of(side)) for side in test.arguments)
        yield from (each for each in first if all(each in other for other in others))


def _reads_only(condition: Expression, side: Names) -> bool:
    return bool(condition.columns) and condition.columns <= side


def _in_turn(safe: Sequence[Expression], risky: Sequence[Expression]) -> str:
    """SQL of the conjunction; a risky test is evaluated only if those before it are true."""
    first = [f"({' AND '.join(words(each) for each in safe)})"] if safe else []
    *before, last = [*first, *(words(each) for each in risky)]
    for each in reversed(before):
        last = f"(CASE WHEN {each} THEN {last} ELSE false END)"
    return last
