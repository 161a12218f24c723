"""Random SELECTs inside a SELECT: EXISTS, IN, ANY, ALL and scalars, correlated and not, with the
NULLs that tell them apart."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

COMPARISONS = ("=", "<>", "<", ">=")


class Nested:
    """Makes them for the query around: `wholes` and `numbers` are its columns."""

    def __init__(
        self, random: Random, tables: Sequence[str], wholes: Sequence[str], numbers: Sequence[str]
    ) -> None:
        self.random = random
        self.tables = tables
        self.wholes = wholes
        self.numbers = numbers
        self._count = 0

    def condition(self, kinds: list[str]) -> str:
        """One that filters rows, alone or under NOT and OR."""
        kind = self.random.choice(["exists", "exists", "in", "in", "scalar"])
        kinds.append(kind)
        found = {
            "exists": self._exists, "in": self._in, "row in": self._row_in,
            "quantified": self._quantified, "scalar": self._compared,
        }[kind]()  # fmt: skip
        pick = self.random.random()
        if pick < 0.1:
            return f"({found} OR {self._whole()} = 1)"
        if pick < 0.2:
            return f"NOT ({found})"
        if pick < 0.3:
            return f"{found} AND {self._in()}"
        return found

    def value(self, kinds: list[str]) -> str:
        """A scalar for the list, or for HAVING where nothing around is referred to."""
        kinds.append("scalar")
        return self._scalar(self._correlation)

    def constant(self) -> str:
        """A scalar that refers to nothing around it."""
        return self._scalar(lambda alias: "")

    def _exists(self) -> str:
        alias, table = self._entry()
        word = self.random.choice(["EXISTS", "NOT EXISTS"])
        more = ""
        if self.random.random() < 0.3:
            more += f" AND {alias}.j {self.random.choice(COMPARISONS)} {self._whole()}"
        if self.random.random() < 0.2:
            inner, other = self._entry()
            more += f" AND EXISTS (SELECT 1 FROM {other} WHERE {inner}.j = {alias}.k)"
        if self.random.random() < 0.2:
            more += f" AND {alias}.n > 0"
        where = f" WHERE {alias}.k = {self._whole()}{more}" if more or self._often() else ""
        return f"{word} (SELECT * FROM {table}{where})"

    def _in(self) -> str:
        alias, table = self._entry()
        word = self.random.choice(["IN", "NOT IN"])
        return f"{self._whole()} {word} (SELECT {alias}.j FROM {table}{self._where(alias)})"

    def _row_in(self) -> str:
        alias, table = self._entry()
        word = self.random.choice(["IN", "NOT IN"])
        inner = f"SELECT {alias}.k, {alias}.j FROM {table}{self._where(alias)}"
        return f"({self._whole()}, {self._whole()}) {word} ({inner})"

    def _quantified(self) -> str:
        alias, table = self._entry()
        comparison, word = self.random.choice(COMPARISONS), self.random.choice(["ANY", "ALL"])
        inner = f"SELECT {alias}.j FROM {table}{self._where(alias)}"
        return f"{self._whole()} {comparison} {word} ({inner})"

    def _compared(self) -> str:
        comparison = self.random.choice(COMPARISONS)
        return f"{self.random.choice(self.numbers)} {comparison} {self._scalar(self._correlation)}"

    def _scalar(self, correlation: Callable[[str], str]) -> str:
        alias, table = self._entry()
        call = self.random.choice(
            ["count(*)", f"count({alias}.j)", f"sum({alias}.n)", f"max({alias}.n)",
             f"min({alias}.j)", f"avg({alias}.n)", f"coalesce(sum({alias}.k), 0)",
             f"0.5 * sum({alias}.n)", f"count(DISTINCT {alias}.j)"]
        )  # fmt: skip
        return f"(SELECT {call} FROM {table}{correlation(alias)})"

    def _correlation(self, alias: str) -> str:
        if self.random.random() < 0.25:
            return ""
        more = f" AND {alias}.n IS NOT NULL" if self.random.random() < 0.2 else ""
        return f" WHERE {alias}.k = {self._whole()}{more}"

    def _where(self, alias: str) -> str:
        if self.random.random() < 0.4:
            return ""
        return self.random.choice(
            [f" WHERE {alias}.k = {self._whole()}", f" WHERE {alias}.j IS NOT NULL",
             f" WHERE {alias}.id < 6", f" WHERE {alias}.k = {self._whole()} AND {alias}.n > 0"]
        )  # fmt: skip

    def _entry(self) -> tuple[str, str]:
        self._count += 1
        alias = f"z{self._count}"
        return alias, f"{self.random.choice(list(self.tables))} {alias}"

    def _whole(self) -> str:
        return self.random.choice(list(self.wholes))

    def _often(self) -> bool:
        return self.random.random() < 0.8
