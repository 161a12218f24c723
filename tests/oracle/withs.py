"""Random queries of WITH: read once, often or never, MATERIALIZED or not, over each other, and with
the name of a table that they read."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from tests.oracle.relations import Relation
from tests.oracle.tables import KINDS

_GROUPED = (
    "SELECT k AS id, count(*) AS j, max(j) AS k, sum(n) AS n FROM {} WHERE k IS NOT NULL GROUP BY k"
)
_LIKE = {name: KINDS[name] for name in ("id", "j", "k", "n")}


class Withs:
    """`sql`: the clause; `relations`: what the query below it sees by each name."""

    def __init__(self, random: Random, relations: Sequence[Relation]) -> None:
        self.random = random
        self.kinds: list[str] = []
        seen = {relation.name: relation for relation in relations}
        parts: dict[str, str] = {}
        for index in range(random.choice([1, 1, 2, 3])):
            is_shadow = random.random() < 0.3
            made = _shadow if is_shadow else lookalike
            relation, query = made(random, f"c{index}", list(seen.values()))
            if relation.name in parts:
                continue
            self.kinds += ["shadowing"] if is_shadow else []
            word = random.choice(["", "", " MATERIALIZED", " NOT MATERIALIZED"])
            parts[relation.name] = f"{relation.name} AS{word} ({query})"
            seen[relation.name] = relation
        self.sql = f"WITH {', '.join(parts.values())}"
        self.relations = list(seen.values())


def lookalike(random: Random, name: str, seen: Sequence[Relation]) -> tuple[Relation, str]:
    """A SELECT that gives the columns that every query of ours knows, over one that has them."""
    like = [relation for relation in seen if relation.is_like_a_table]
    of, pick = random.choice(like), random.random()
    if pick < 0.35:
        return Relation(name, _LIKE, ("id",)), _GROUPED.format(of.name)
    if pick < 0.5:
        other, word = random.choice(like), random.choice(["UNION", "EXCEPT"])
        listed = "SELECT id, j, k, n::numeric(14,4) AS n FROM"
        sql = f"{listed} {of.name} {word} {listed} {other.name} WHERE id < 7"
        return Relation(name, _LIKE, tuple(_LIKE)), sql
    where = random.choice(["", " WHERE id > 2", " WHERE j IS NOT NULL"])
    if set(of.key) <= _LIKE.keys():
        return Relation(name, _LIKE, of.key), f"SELECT id, j, k, n FROM {of.name}{where}"
    return Relation(name, of.columns, of.key), f"SELECT * FROM {of.name}{where}"


def _shadow(random: Random, name: str, seen: Sequence[Relation]) -> tuple[Relation, str]:
    """One with the name of what it reads."""
    of = random.choice([relation for relation in seen if relation.is_like_a_table])
    where = random.choice(["id < 9", "k IS NOT NULL", "n > 0 OR j = 1"])
    return of, f"SELECT * FROM {of.name} WHERE {where}"
