"""Random WITH RECURSIVE: reachable pairs, walks of bounded length, and queries over them."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

DEPTH = 3


def recursive(random: Random, tables: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """A SELECT and its key."""
    return random.choice([_pairs, _pairs, _walks, _summed, _summed, _counted])(random, tables)


def _pairs(random: Random, tables: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """Each pair once; ends by itself."""
    first, edge = random.choice(tables), random.choice(tables)
    base = random.choice(
        [f"SELECT k::integer, j::integer FROM {first}", "VALUES (1, 2), (3, NULL)"]
    )
    more = random.choice(["", "", " WHERE e.n > 0", f" WHERE NOT EXISTS (SELECT 1 FROM {first} z"
                          " WHERE z.k = e.j AND z.n < 0)"])  # fmt: skip
    step = random.choice(
        [f"q JOIN {edge} e ON e.k = q.b", f"{edge} e JOIN q ON q.b = e.k AND e.id > q.a",
         f"q CROSS JOIN LATERAL (SELECT x.* FROM {edge} x WHERE x.k = q.b) e"]
    )  # fmt: skip
    sql = (
        f"WITH RECURSIVE q (a, b) AS ({base} UNION SELECT q.a, e.j::integer FROM {step}{more})"
        " SELECT a, b FROM q"
    )
    return sql, ("a", "b")


def _walks(random: Random, tables: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """Rows as often as they are reached, up to a depth."""
    first, edge, word = (
        random.choice(tables),
        random.choice(tables),
        random.choice(["JOIN", "LEFT JOIN"]),
    )
    sql = (
        f"WITH RECURSIVE q (a, d) AS (SELECT k::integer, 0 FROM {first} WHERE id < 4 UNION ALL"
        f" SELECT e.j::integer, q.d + 1 FROM q {word} {edge} e ON e.k = q.a AND e.id < 8"
        f" WHERE q.d < {random.randrange(1, DEPTH)})"
        " SELECT a, d, count(*) AS n FROM q GROUP BY a, d"
    )
    return sql, ("a", "d")


def _summed(random: Random, tables: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """What is added along walks."""
    first, edge = random.choice(tables), random.choice(tables)
    sql = (
        f"WITH RECURSIVE q (a, d, s) AS (SELECT k::integer, 0, n::numeric FROM {first} WHERE id < 4"
        f" UNION ALL SELECT e.j::integer, q.d + 1, q.s + e.n FROM q JOIN {edge} e ON e.k = q.a"
        f" AND e.id < 8 WHERE q.d < {random.randrange(1, DEPTH)})"
        " SELECT a, d, sum(s) AS s FROM q GROUP BY a, d"
    )
    return sql, ("a", "d")


def _counted(random: Random, tables: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """A recursive query joined to a table and grouped."""
    first, edge, other = (random.choice(tables) for _ in range(3))
    sql = (
        f"WITH RECURSIVE q (a, b) AS (SELECT id::bigint, k::integer FROM {first} UNION"
        f" SELECT q.a, e.j::integer FROM q JOIN {edge} e ON e.k = q.b) SELECT x.k, count(q.a) AS c,"
        f" max(q.b) AS m, sum(x.n) AS s FROM {other} x LEFT JOIN q ON q.a = x.j GROUP BY x.k"
    )
    return sql, ("k",)
