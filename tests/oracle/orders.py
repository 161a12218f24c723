"""Random windows and orders that decide which rows there are. Every order is total, so that
PostgreSQL's result is determined."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

FRAMES = (
    "",
    " ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING",
    " ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING",
    " ROWS BETWEEN CURRENT ROW AND 2 FOLLOWING",
    " GROUPS BETWEEN 1 PRECEDING AND CURRENT ROW",
)

PEERS = (
    " RANGE BETWEEN 1 PRECEDING AND 1 FOLLOWING",
    " RANGE BETWEEN 2 PRECEDING AND CURRENT ROW EXCLUDE CURRENT ROW",
    " RANGE BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING",
    " RANGE CURRENT ROW EXCLUDE TIES",
    " GROUPS BETWEEN 1 PRECEDING AND 1 FOLLOWING EXCLUDE GROUP",
    " GROUPS BETWEEN 1 FOLLOWING AND 2 FOLLOWING",
    " ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING EXCLUDE GROUP",
)
"""Frames that follow from what is ordered by alone, so that its order need not be total."""


def order(random: Random, values: Sequence[str], keys: Sequence[str]) -> str:
    """An ORDER BY list that the keys make total."""
    first = random.choice(list(values))
    way = random.choice(["", " DESC", " NULLS FIRST", " DESC NULLS LAST"])
    return ", ".join([f"{first}{way}", *keys])


def window(
    random: Random,
    numbers: Sequence[str],
    wholes: Sequence[str],
    others: Sequence[str],
    keys: Sequence[str],
) -> str:
    """A window function over a partition, or over everything; `others` are of any kind."""
    number, whole = random.choice(numbers), random.choice(wholes)
    by, loosely = random.choice([*wholes, *others]), random.choice([*wholes, *others])
    total = order(random, [*wholes, *others], keys)
    partition = "" if random.random() < 0.15 else f"PARTITION BY {by} "
    if random.random() < 0.25:
        call = random.choice(
            ["count(*)", f"sum({whole})", f"avg({number})", f"count({number})",
             f"max({number}) FILTER (WHERE {whole} > 1)"]
        )  # fmt: skip
        way = random.choice(["", " DESC", " NULLS FIRST", " DESC NULLS LAST"])
        by = random.choice([*wholes, *numbers])
        return f"{call} OVER ({partition}ORDER BY {by}{way}{random.choice(PEERS)})"
    if random.random() < 0.5:
        call = random.choice(
            ["row_number()", "rank()", "dense_rank()", "ntile(3)", f"lag({whole})",
             f"lead({number}, 2)", f"lag({whole}, 1, -1)", "percent_rank()", "cume_dist()"]
        )  # fmt: skip
        loose = f"ORDER BY {loosely} DESC" if "rank" in call or "dist" in call else ""
        return f"{call} OVER ({partition}{loose or f'ORDER BY {total}'})"
    call = random.choice(
        ["count(*)", f"sum({whole})", f"sum({number})", f"avg({number})", f"max({whole})",
         f"min({number})", f"first_value({number})", f"last_value({whole})",
         f"nth_value({whole}, 2)", f"bool_and({whole} > 1)",
         f"sum({number}) FILTER (WHERE {whole} > 1)", f"array_agg({whole})",
         f"string_agg({whole}::text, ',')", f"bit_or({whole})", f"variance({whole})"]
    )  # fmt: skip
    if random.random() < 0.2 and "value" not in call and "_agg" not in call:
        return f"{call} OVER ({partition.strip()})"
    return f"{call} OVER ({partition}ORDER BY {total}{random.choice(FRAMES)})"


def limit(random: Random, values: Sequence[str], keys: Sequence[str]) -> str:
    """ORDER BY with LIMIT, now and then OFFSET, or with what is equal to the last row."""
    if random.random() < 0.3:
        by = f"{random.choice(list(values))}{random.choice(['', ' DESC', ' DESC NULLS LAST'])}"
        return f" ORDER BY {by} FETCH FIRST {random.randrange(1, 4)} ROWS WITH TIES"
    offset = f" OFFSET {random.randrange(3)}" if random.random() < 0.3 else ""
    return f" ORDER BY {order(random, values, keys)} LIMIT {random.randrange(1, 6)}{offset}"
