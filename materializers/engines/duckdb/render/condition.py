"""The condition of a filter or a join, of which only matters whether it holds.

As PostgreSQL (orderclauses in createplan.c), what costs less is tested first, and what may be an
error only where the rest holds. DuckDB tests what AND ties together in an order of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from materializers.engines.duckdb.render.words import words
from materializers.sql.types.expression import Apply, Expression, boolean
from materializers.sql.types.raising import conjuncts_of, effort, may_raise

Names = frozenset[str]
Pairs = Sequence[tuple[Expression, Expression]]


def condition_words(
    condition: Expression | None, equal: Pairs = (), sides: Sequence[Names] = ()
) -> str:
    """SQL of a condition. `equal`: what a join's inputs are hashed by. `sides`: the columns of
    inputs whose rows may be chosen before they are joined: a test of those alone waits for tests
    of those alone."""
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
            parts.append(_in_turn(before, sorted(mine, key=effort)))
    return " AND ".join(parts)


def _parted(condition: Expression, equal: Pairs) -> tuple[list[Expression], list[Expression]]:
    """What is never an error, and what may be one. An equality by which alone a join can be hashed
    is tested of every row in any case."""
    tests = list(conjuncts_of(condition))
    hashed = {boolean("=", *pair) for one, two in equal for pair in ((one, two), (two, one))}
    risky = [each for each in tests if may_raise(each)]
    if all(each in risky for each in tests if each in hashed):
        risky = [each for each in risky if each not in hashed]
    common = (part for each in risky for part in _common(each) if not may_raise(part))
    return [*(each for each in tests if each not in risky), *dict.fromkeys(common)], risky


def _common(test: Expression) -> Iterator[Expression]:
    """What every side of an OR demands, which PostgreSQL tests once and first."""
    if isinstance(test, Apply) and test.name == "or":
        first, *others = (list(conjuncts_of(side)) for side in test.arguments)
        yield from (each for each in first if all(each in other for other in others))


def _reads_only(condition: Expression, side: Names) -> bool:
    return bool(condition.columns) and condition.columns <= side


def _in_turn(safe: Sequence[Expression], risky: Sequence[Expression]) -> str:
    """SQL of whether all of them hold, where one that may be an error is evaluated if those before
    it hold."""
    first = [f"({' AND '.join(words(each) for each in safe)})"] if safe else []
    *before, last = [*first, *(words(each) for each in risky)]
    for each in reversed(before):
        last = f"(CASE WHEN {each} THEN {last} ELSE false END)"
    return last
