"""Random scalar expressions, conditions and aggregate calls over a FROM clause."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from tests.oracle.aggregates import collecting, ordered_sets, plain_calls
from tests.oracle.odd_columns import GROUPED_KINDS, ODD_KINDS, OF_KIND, odd_tests, odd_uses, shown

WRAPPED = ("round", "justify_interval")
"""Functions around a call, behind which no FILTER can stand."""


@dataclass(slots=True)
class FromClause:
    """Some joined entries. `columns`: SQL and kind of each; `keys`: what tells its rows apart."""

    sql: str
    columns: list[tuple[str, str]]
    keys: list[str]

    def of_kind(self, *kinds: str) -> list[str]:
        """The columns of these kinds."""
        return [name for name, its in self.columns if its in kinds]


class Scalars:
    """Makes them; `random` decides everything."""

    def __init__(self, random: Random) -> None:
        self.random = random

    def typed(self, source: FromClause, kind: str) -> str:
        """A column of a kind."""
        return self.random.choice(source.of_kind(kind))

    def predicate(self, source: FromClause) -> str:
        """A condition."""
        if (odd := odd_tests(source.columns)) and self.random.random() < 0.3:
            return self.random.choice(odd)
        column = self.typed(source, "int")
        return self.random.choice(
            [
                f"{column} > {self.random.randrange(4)}",
                f"{column} IS NOT NULL",
                f"({column} <> 2 OR {self.typed(source, 'numeric')} < 10)",
                f"NOT ({column} = 1)",
                f"{column} IN (0, 1, 3)",
                f"{self.typed(source, 'numeric')} BETWEEN -20 AND 40",
                f"{column} IS DISTINCT FROM {self.typed(source, 'int')}",
            ]
        )

    def group(self, source: FromClause) -> str:
        """Something to group by."""
        choices = [self.typed(source, "int"), self.typed(source, "int"),
                   f"{self.typed(source, 'int')} % 2",
                   f"coalesce({self.typed(source, 'int')}, -1)"]  # fmt: skip
        named = source.of_kind(*GROUPED_KINDS)
        odd = source.of_kind(*ODD_KINDS)
        if odd and self.random.random() < 0.4:
            return self.random.choice(odd)
        return self.random.choice(choices + self.random.sample(named, min(len(named), 2)))

    def expression(self, source: FromClause) -> str:
        """A value of any type."""
        if (odd := odd_uses(source.columns)) and self.random.random() < 0.35:
            return self.random.choice(odd)
        number, whole = self.typed(source, "numeric"), self.typed(source, "int")
        choices = [
            number,
            whole,
            f"{whole} + {self.typed(source, 'int')}",
            f"{whole} / 2",
            f"{whole} % 3",
            f"{number} * {whole}",
            f"{number} / 3",
            f"round({number} / 7, 2)",
            f"{number} / nullif({self.typed(source, 'numeric')}, 0)",
            f"coalesce({number}, {whole}, 0)",
            f"CASE WHEN {self.predicate(source)} THEN {number} ELSE 1 END",
            f"round({number})",
            f"{number}::integer",
            f"greatest({whole}, {self.typed(source, 'int')})",
            f"json_build_object('n', {number}, 'w', {whole}, 'in', json_build_object('z', NULL))",
            f"abs({number}) + 0.125",
        ]
        names = source.of_kind("text")
        if names:
            text = self.random.choice(names)
            choices += [
                text,
                f"upper({text})",
                f"coalesce({text}, '-') || {whole}",
                f"length({text})",
                f"jsonb_build_object('t', {text})",
                f"left({text}, 2)",
            ]
        times = source.of_kind("time")
        if times:
            time = self.random.choice(times)
            choices += [
                time,
                f"date({time})",
                f"date_trunc('month', {time})",
                f"extract(day FROM {time})",
                f"json_build_object('at', {time}, 'day', {time}::date)",
                f"to_char({time}, 'YYYY-MM-DD HH24:MI')",
            ]
        return self.random.choice(choices)

    def aggregate(self, source: FromClause) -> str:
        """An aggregate call."""
        number, whole = self.typed(source, "numeric"), self.typed(source, "int")
        order = ", ".join(source.keys)
        values = source.of_kind("int", "text", "time", "numeric")
        numbers = source.of_kind("int", "float", "numeric")
        call = self.random.choice(
            [
                *plain_calls(self.random, whole, number),
                *ordered_sets(self.random, values, numbers),
                *collecting(self.random, numbers, whole, order),
                "count(*)",
                f"count({whole})",
                f"sum({whole})",
                f"sum({number})",
                f"sum({number} * {whole})",
                f"avg({whole})",
                f"avg({number})",
                f"min({number})",
                f"max({whole})",
                f"max({number})",
                f"min({whole})",
                f"count(DISTINCT {whole})",
                f"json_agg({whole} ORDER BY {order})",
                f"json_agg(json_build_object('n', {number}, 'w', {whole}) ORDER BY {order})",
                f"string_agg({whole}::text, ',' ORDER BY {order})",
                f"bool_or({whole} > 2)",
                f"bool_and({whole} > 0)",
                f"every({number} < 50)",
                f"jsonb_agg({number} ORDER BY {order})",
                f"json_object_agg({_entry_key(source)}, {whole})",
                f"jsonb_object_agg({_entry_key(source)}, {number})",
                f"round(avg({number}), 2)",
            ]
            + [f"{a}({name})" for name in source.of_kind("float") for a in ("sum", "stddev", "avg")]
            + self._odd_aggregates(source, order)
        )
        if self.random.random() < 0.15 and not call.startswith(WRAPPED):
            call += f" FILTER (WHERE {self.predicate(source)})"
        return call

    def _odd_aggregates(self, source: FromClause, order: str) -> list[str]:
        """Calls over what is no number, text or truth value as others are."""
        found = [f"max({name})" for name in source.of_kind("text", "time", "enum", "array")]
        found += [f"{a}({name})" for name in source.of_kind("span", "bare") for a in ("sum", "avg")]
        for name, kind in source.columns:
            if kind in ("enum", "span", "bare", "array"):
                found += [shown(f"min({name})", kind)]
            if kind in OF_KIND:
                found += [f"count(DISTINCT {name})"]
            if kind in OF_KIND and kind not in ("array", "document"):
                calls = ("jsonb_agg",) if kind == "span" else ("jsonb_agg", "array_agg")
                found += [f"{call}({name} ORDER BY {order})" for call in calls]
        return found


def _entry_key(source: FromClause) -> str:
    """A text that no two rows share and that is never NULL."""
    return " || '-' || ".join(f"coalesce({key}::text, '')" for key in source.keys)
