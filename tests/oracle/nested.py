"""Random SELECTs inside a SELECT: EXISTS, IN, ANY, ALL and scalars, correlated and not, with the
NULLs that tell them apart."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

from tests.oracle.odd_columns import GROUPED_KINDS, SORTED_KINDS
from tests.oracle.relations import Relation

Pair = tuple[str, str, str, str]
"""A column of the query around, its kind, a table, and a column of this kind in it."""
COMPARISONS = ("=", "<>", "<", ">=")


class Nested:
    """Makes them for the outer query: `wholes` and `numbers` are its columns; `tested`: integers
    that stand outside of the nested SELECT alone, as aggregates of the outer query do."""

    def __init__(
        self, random: Random, tables: Sequence[str], wholes: Sequence[str], numbers: Sequence[str]
    ) -> None:
        self.random = random
        self.tables = tables
        self.wholes = wholes
        self.numbers = numbers
        self.tested = wholes
        self.pairs: Sequence[Pair] = ()
        self._count = 0

    def condition(self, kinds: list[str]) -> str:
        """One that filters rows, alone or under NOT and OR."""
        found = self.test(kinds)
        pick = self.random.random()
        if pick < 0.1:
            return f"({found} OR {self._outside()} = 1)"
        if pick < 0.15:
            return f"({found} OR {self.test(kinds)})"
        if pick < 0.25:
            return f"NOT ({found})"
        if pick < 0.3:
            return f"NOT ({found} AND {self._outside()} > 1)"
        if pick < 0.4:
            return f"{found} AND {self.test(kinds)}"
        return found

    def test(self, kinds: list[str]) -> str:
        """A condition with a nested SELECT, nothing around it."""
        kind = self.random.choice(["exists", "exists", "in", "in", "row in", "quantified",
                                   "scalar", *(["odd nested"] if self.pairs else [])])  # fmt: skip
        kinds.append(kind)
        return {
            "exists": self._exists, "in": self._in, "row in": self._row_in,
            "quantified": self._quantified, "scalar": self._compared,
            "odd nested": self._odd,
        }[kind]()  # fmt: skip

    def value(self, kinds: list[str]) -> str:
        """An expression for the list or for ORDER BY."""
        kinds.append("scalar")
        pick = self.random.random()
        scalar = self._scalar(self._correlation)
        if pick < 0.15:
            return f"({self.test(kinds)})"
        if pick < 0.3:
            return f"CASE WHEN {self.test(kinds)} THEN {self._whole()} ELSE {scalar} END"
        if pick < 0.4:
            return f"coalesce({scalar}, {self._scalar(self._correlation)}, -1)"
        return scalar

    def constant(self) -> str:
        """A scalar that refers to nothing around it."""
        return self._scalar(lambda alias: "")

    def _exists(self) -> str:
        alias, table = self._entry()
        word = self.random.choice(["EXISTS", "NOT EXISTS"])
        more = ""
        if self.random.random() < 0.3:
            more += f" AND {alias}.j {self.random.choice(COMPARISONS)} {self._whole()}"
        if self.random.random() < 0.25:
            more += f" AND {self._deeper(alias)}"
        if self.random.random() < 0.2:
            more += f" AND {alias}.n > 0"
        where = f" WHERE {alias}.k = {self._whole()}{more}" if more or self._often() else ""
        if self.random.random() < 0.15:
            having = self.random.choice(
                [f"max({alias}.n) > 0", "count(*) > 1", f"sum({alias}.k) < 9"]
            )
            by = self.random.choice(["", f" GROUP BY {alias}.j"])
            return f"{word} (SELECT max({alias}.id) FROM {table}{where}{by} HAVING {having})"
        if self.random.random() < 0.2:
            other, second = self._entry()
            return (
                f"{word} (SELECT 1 FROM {table} JOIN {second}"
                f" ON {other}.j = {alias}.k AND {other}.k = {self._whole()}{where})"
            )
        if self.random.random() < 0.2:
            other, second = self._entry()
            union = self.random.choice(["UNION", "UNION ALL", "EXCEPT"])
            return (
                f"{word} (SELECT {alias}.j FROM {table}{where} {union}"
                f" SELECT {other}.k FROM {second}{self._where(other)})"
            )
        return f"{word} (SELECT * FROM {table}{where})"

    def _deeper(self, alias: str) -> str:
        """A nested SELECT below another one, now and then with a look two levels up."""
        inner, table = self._entry()
        up = f" AND {inner}.id <> {self._whole()}" if self.random.random() < 0.4 else ""
        if self.random.random() < 0.2:
            up += f" AND {inner}.j = {self._whole()}"
        if self.random.random() < 0.15:
            up += f" AND {self._deeper(inner)}"
        tie = f" WHERE {inner}.j = {alias}.k{up}"
        return self.random.choice(
            [f"EXISTS (SELECT 1 FROM {table}{tie})", f"NOT EXISTS (SELECT 1 FROM {table}{tie})",
             f"{alias}.j NOT IN (SELECT {inner}.k FROM {table}{tie})",
             f"{alias}.n > (SELECT avg({inner}.n) FROM {table}{tie})"]
        )  # fmt: skip

    def _in(self) -> str:
        word = self.random.choice(["IN", "NOT IN"])
        return f"{self._outside()} {word} ({self._list()})"

    def _list(self) -> str:
        """A SELECT of one integer, maybe NULL, that leaves nothing open."""
        alias, table = self._entry()
        plain = f"SELECT {alias}.j FROM {table}{self._where(alias)}"
        pick = self.random.random()
        if pick < 0.55:
            return plain
        if pick < 0.63:
            return f"SELECT DISTINCT {alias}.j + 1 FROM {table}{self._where(alias)}"
        if pick < 0.72:
            having = self.random.choice(["", " HAVING count(*) > 1", f" HAVING sum({alias}.n) > 0"])
            by = f" GROUP BY {alias}.j{having}"
            return f"SELECT max({alias}.k) FROM {table}{self._where(alias)}{by}"
        if pick < 0.8:
            count = self.random.randrange(1, 4)
            way = self.random.choice(["", " DESC", " NULLS FIRST"])
            return f"{plain} ORDER BY {alias}.j{way} LIMIT {count}"
        if pick < 0.93:
            word = self.random.choice(["UNION", "UNION ALL", "EXCEPT", "INTERSECT"])
            return (
                f"{plain} {word} ({self._list()})"
                if pick < 0.86
                else (f"SELECT {alias}.k FROM {table} {word} {plain}")
            )
        return f"SELECT x FROM ({plain}) AS q{alias} (x) WHERE x > 0"

    def _row_in(self) -> str:
        alias, table = self._entry()
        word = self.random.choice(["IN", "NOT IN"])
        inner = f"SELECT {alias}.k, {alias}.j FROM {table}{self._where(alias)}"
        return f"({self._outside()}, {self._outside()}) {word} ({inner})"

    def _quantified(self) -> str:
        comparison, word = self.random.choice(COMPARISONS), self.random.choice(["ANY", "ALL"])
        return f"{self._outside()} {comparison} {word} ({self._list()})"

    def _compared(self) -> str:
        comparison = self.random.choice(COMPARISONS)
        return f"{self.random.choice(self.numbers)} {comparison} {self._scalar(self._correlation)}"

    def _odd(self) -> str:
        """Of a column of an odd kind here and one there."""
        self._count += 1
        alias, (outer, kind, table, name) = f"z{self._count}", self.random.choice(self.pairs)
        inner, source = f"{alias}.{name}", f"{table} {alias}"
        where = self._where(alias)
        choices = [
            f"EXISTS (SELECT 1 FROM {source} WHERE {inner} = {outer})",
            f"NOT EXISTS (SELECT 1 FROM {source} WHERE {inner} = {outer} AND {alias}.k > 1)",
            f"{outer} IN (SELECT {inner} FROM {source}{where})",
            f"{outer} NOT IN (SELECT {inner} FROM {source} WHERE {inner} IS NOT NULL)",
            f"{outer} NOT IN (SELECT {inner} FROM {source}{where})",
            f"(SELECT count(*) FROM {source} WHERE {inner} = {outer}) > 1",
            f"(SELECT sum({alias}.n) FROM {source} WHERE {inner} = {outer}) > 0",
        ]
        if kind in SORTED_KINDS:
            choices += [f"{outer} <= ALL (SELECT {inner} FROM {source}{where})"]
        if kind in ("enum", "span", "bare", "array"):
            choices += [f"{outer} >= (SELECT max({inner}) FROM {source}{where})"]
        return self.random.choice(choices)

    def _scalar(self, correlation: Callable[[str], str]) -> str:
        alias, table = self._entry()
        call = self.random.choice(
            ["count(*)", f"count({alias}.j)", f"sum({alias}.n)", f"max({alias}.n)",
             f"min({alias}.j)", f"avg({alias}.n)", f"coalesce(sum({alias}.k), 0)",
             f"0.5 * sum({alias}.n)", f"count(DISTINCT {alias}.j)"]
        )  # fmt: skip
        where, pick = correlation(alias), self.random.random()
        if pick < 0.1:
            way = self.random.choice(["", " DESC", " DESC NULLS LAST"])
            return f"(SELECT {alias}.j FROM {table}{where} ORDER BY {alias}.j{way} LIMIT 1)"
        if pick < 0.2:
            return f"(SELECT {call} FROM {table}{where} HAVING count(*) > 1)"
        if pick < 0.25:
            return f"(SELECT {call} + {self._whole()} FROM {table}{where})"
        if pick < 0.3:
            return f"(SELECT max({alias}.j + {self._whole()}) FROM {table}{where})"
        if pick < 0.35:
            return f"(SELECT sum(x) FROM (SELECT {alias}.j FROM {table}{where}) AS q{alias} (x))"
        if pick < 0.4:
            union = self.random.choice(["UNION", "UNION ALL", "INTERSECT"])
            other, second = self._entry()
            return (
                f"(SELECT count(x) FROM (SELECT {alias}.j FROM {table}{where} {union}"
                f" SELECT {other}.k FROM {second}{self._where(other)}) AS q{alias} (x))"
            )
        if pick < 0.45:
            return (
                f"(WITH w AS (SELECT {alias}.j AS x FROM {table}{where})"
                f" SELECT count(*) FROM w WHERE x > {self._whole()})"
            )
        if pick < 0.5:
            way = self.random.choice(COMPARISONS)
            return f"(SELECT {call} FROM {table} WHERE {alias}.j {way} {self._whole()})"
        return f"(SELECT {call} FROM {table}{where})"

    def _correlation(self, alias: str) -> str:
        if self.random.random() < 0.25:
            return ""
        tie, pick = f" WHERE {alias}.k = {self._whole()}", self.random.random()
        if pick < 0.15:
            return f"{tie} AND {alias}.n IS NOT NULL"
        return f"{tie} AND {self._deeper(alias)}" if pick < 0.3 else tie

    def _where(self, alias: str) -> str:
        if self.random.random() < 0.4:
            return ""
        tie = f" WHERE {alias}.k = {self._whole()}"
        return self.random.choice(
            [tie, f" WHERE {alias}.j IS NOT NULL", f" WHERE {alias}.id < 6",
             f"{tie} AND {alias}.n > 0", f"{tie} AND {self._deeper(alias)}",
             f" WHERE {self._deeper(alias)}"]
        )  # fmt: skip

    def _entry(self) -> tuple[str, str]:
        self._count += 1
        alias = f"z{self._count}"
        return alias, f"{self.random.choice(list(self.tables))} {alias}"

    def _whole(self) -> str:
        """A reference to the outer query; a constant where there is none to refer to."""
        return self.random.choice(list(self.wholes) or ["1", "2"])

    def _outside(self) -> str:
        return self.random.choice(list(self.tested))

    def _often(self) -> bool:
        return self.random.random() < 0.8


def odd_pairs(columns: Sequence[tuple[str, str]], relations: Sequence[Relation]) -> list[Pair]:
    """What a nested SELECT may compare beside whole numbers."""
    return [
        (name, kind, relation.name, inner)
        for name, kind in columns
        if kind in GROUPED_KINDS
        for relation in relations
        if relation.is_like_a_table
        for inner, its in relation.columns.items()
        if its == kind
    ]
