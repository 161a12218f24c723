"""Random views over the tables r, s and t. Everything follows from the `random.Random` given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

from tests.oracle.aggregates import collecting, grouping_sets, ordered_sets, plain_calls
from tests.oracle.joining import condition
from tests.oracle.nested import Nested
from tests.oracle.orders import limit, order, window
from tests.oracle.recursion import recursive
from tests.oracle.relations import Relation
from tests.oracle.sources import Sources
from tests.oracle.tables import KINDS
from tests.oracle.withs import Withs


@dataclass(slots=True)
class View:
    """A SELECT and its key; `kinds` names what it is made of."""

    sql: str
    key: tuple[str, ...]
    kinds: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _From:
    sql: str
    columns: list[tuple[str, str]]
    keys: list[str]


class Grammar:
    """Makes views over relations; `known` are the tables and those views that look like one."""

    def __init__(self, random: Random, relations: Sequence[Relation]) -> None:
        self.random = random
        self.relations = relations

    @property
    def known(self) -> list[str]:
        return [relation.name for relation in self.relations if relation.is_like_a_table]

    # views

    def view(self) -> View:
        """A random view, now and then with queries of WITH."""
        if self.random.random() > 0.2:
            return self._view()
        withs = Withs(self.random, self.relations)
        inner = Grammar(self.random, withs.relations)._view()
        kinds = ["with", *withs.kinds, *inner.kinds]
        sql = f"SELECT * FROM ({inner.sql}) q" if inner.sql.startswith("WITH") else inner.sql
        return View(f"{withs.sql} {sql}", inner.key, kinds)

    def _view(self) -> View:
        kinds: list[str] = []
        pick = self.random.random()
        if pick < 0.12:
            return self._union(kinds)
        if pick < 0.15:
            return View(*recursive(self.random, self.known), ["recursive"])
        if pick < 0.18:
            return self._first_of_each(kinds)
        if pick < 0.32:
            known = {each.name: each for each in self.relations if each.is_like_a_table}
            sources = Sources(self.random, known)
            sql, key = sources.view(kinds) if pick < 0.26 else sources.expanded_view(kinds)
            return View(sql, key, kinds)
        if pick < 0.5:
            return self._grouped(kinds)
        return self._plain(kinds)

    def _union(self, kinds: list[str]) -> View:
        first, second = self._from(kinds, 1), self._from(kinds, 1)
        kinds.append("union")
        if self.random.random() < 0.5:
            one, two = self._typed(first, "int"), self._typed(second, "int")
            word = self.random.choice(["UNION", "UNION", "INTERSECT", "EXCEPT"])
            sql = f"SELECT {one} AS c FROM {first.sql} {word} SELECT {two} FROM {second.sql}"
            if self.random.random() < 0.2:
                kinds.append("values")
                sql += f" {word} VALUES (1), (7), (NULL)"
            if self.random.random() < 0.3:
                sql += limit(self.random, ["c"], [])
            return View(sql, ("c",), kinds)
        if self.random.random() < 0.4 or not (_has_short_key(first) and _has_short_key(second)):
            word = self.random.choice(["INTERSECT ALL", "EXCEPT ALL"])
            one, two = self._typed(first, "int"), self._typed(second, "int")
            sql = f"SELECT {one} AS c FROM {first.sql} {word} SELECT {two} FROM {second.sql}"
            return View(f"SELECT c, count(*) AS n FROM ({sql}) q GROUP BY c", ("c",), kinds)
        sides = [
            f"SELECT {i} AS side, {f.keys[0]} AS id, {f.keys[-1]} AS id2,"
            f" {self._typed(f, 'numeric')} AS c FROM {f.sql}{self._where(f)}"
            for i, f in enumerate((first, second))
        ]
        return View(" UNION ALL ".join(sides), ("side", "id", "id2"), kinds)

    def _first_of_each(self, kinds: list[str]) -> View:
        source = self._from(kinds, self.random.choice([1, 2]))
        kinds.append("distinct on")
        group = self._typed(source, "int")
        by = order(self.random, self._all(source), source.keys)
        sql = (
            f"SELECT DISTINCT ON ({group}) {group} AS g, {self.expression(source)} AS v FROM"
            f" {source.sql}{self._where(source)} ORDER BY {group}, {by}"
        )
        return View(sql, ("g",), kinds)

    def _window(self, source: _From) -> str:
        wholes = [name for name, kind in source.columns if kind == "int"]
        numbers = [name for name, kind in source.columns if kind == "numeric"]
        return window(self.random, numbers, wholes, source.keys)

    def _all(self, source: _From) -> list[str]:
        return [name for name, kind in source.columns if kind in ("int", "numeric")]

    def _plain(self, kinds: list[str]) -> View:
        source = self._from(kinds, self.random.choice([1, 2, 2, 3, 3, 4]))
        keys = [f"{key} AS key{i}" for i, key in enumerate(source.keys)]
        values = [f"{self.expression(source)} AS v{i}" for i in range(self.random.randrange(1, 4))]
        distinct = ""
        if self.random.random() < 0.1:
            kinds.append("distinct")
            distinct = "DISTINCT "
        extra, where = self._more(source, kinds)
        sql = (
            f"SELECT {distinct}{', '.join(keys + values + extra)} FROM {source.sql}"
            f"{where or self._where(source)}"
        )
        return View(sql, tuple(f"key{i}" for i in range(len(keys))), kinds)

    def _more(self, source: _From, kinds: list[str]) -> tuple[list[str], str]:
        """Now and then what is more than a filter and a projection."""
        pick = self.random.random()
        if pick > 0.7:
            kinds.append("window")
            return [
                f"{self._window(source)} AS w{i}" for i in range(self.random.choice([1, 2]))
            ], ""
        if pick < 0.02:
            kinds.append("limit")
            by = [self._nested(source).value(kinds)]
            return [], self._where(source) + limit(self.random, by, source.keys)
        if pick < 0.05:
            kinds.append("limit")
            return [], self._where(source) + limit(self.random, self._all(source), source.keys)
        if pick < 0.25:
            return [], f" WHERE {self._nested(source).condition(kinds)}"
        if pick < 0.32:
            return [f"{self._nested(source).value(kinds)} AS most"], ""
        return [], ""

    def _nested(self, source: _From) -> Nested:
        wholes = [name for name, kind in source.columns if kind == "int"]
        numbers = [name for name, kind in source.columns if kind == "numeric"]
        return Nested(self.random, self.known, wholes, numbers)

    def _grouped(self, kinds: list[str]) -> View:
        source = self._from(kinds, self.random.choice([1, 1, 2, 2, 3]))
        groups = [self.group(source) for _ in range(self.random.choice([0, 1, 1, 1, 2]))]
        kinds.append("group" if groups else "global")
        named = [f"{sql} AS g{i}" for i, sql in enumerate(groups)]
        values = [f"{self.aggregate(source)} AS a{i}" for i in range(self.random.randrange(1, 5))]
        by = f" GROUP BY {', '.join(groups)}" if groups else ""
        key = tuple(f"g{i}" for i in range(len(groups)))
        if groups and self.random.random() < 0.25:
            kinds.append("grouping sets")
            groups = list(dict.fromkeys(groups))
            by = f" GROUP BY {grouping_sets(self.random, groups)}"
            values += [f"grouping({', '.join(groups)}) AS level"]
            key += ("level",)
        having = ""
        if groups and self.random.random() < 0.2:
            kinds.append("having")
            having = f" HAVING {self._having(source, groups, kinds)}"
        sql = (
            f"SELECT {', '.join(named + values)} FROM {source.sql}{self._where(source)}{by}{having}"
        )
        return View(sql, key, kinds)

    def _having(self, source: _From, groups: list[str], kinds: list[str]) -> str:
        """A condition on groups, now and then one with a nested SELECT."""
        pick = self.random.random()
        if "grouping sets" in kinds and pick < 0.4:
            level = self.random.choice(["= 0", "> 0", "= 1", "<> count(*)"])
            return f"grouping({', '.join(groups)}) {level}"
        if pick < 0.5:
            return f"count(*) > {self.random.randrange(3)}"
        if pick < 0.7:
            return f"count(*) > {self._nested(source).constant()}"
        # A grouping set without the column refers to its rows alone
        wholes = [group for group in groups if group in self._all(source)]
        numbers = [f"sum({self._typed(source, 'numeric')})"]
        is_plain = "grouping sets" not in kinds
        nested = Nested(self.random, self.known, wholes if is_plain else [], numbers)
        nested.tested = ["count(*)", f"count({self._typed(source, 'int')})", *wholes]
        return nested.condition(kinds)

    # FROM

    def _entry(self, alias: str, kinds: list[str]) -> _From:
        if self.random.random() < 0.12:
            kinds.append("derived")
            sql = (
                "(SELECT k AS id, count(*) AS j, max(j) AS k, sum(n) AS n FROM"
                f" {self.random.choice(self.known)} WHERE k IS NOT NULL GROUP BY k) {alias}"
            )
            columns = [(f"{alias}.{c}", KINDS[c]) for c in ("id", "j", "k", "n")]
            return _From(sql, columns, [f"{alias}.id"])
        relation = self.random.choice(self.relations)
        keys = [f"{alias}.{name}" for name in relation.key]
        return _From(f"{relation.name} {alias}", relation.under(alias), keys)

    def _from(self, kinds: list[str], count: int) -> _From:
        result = self._entry("x0", kinds)
        for index in range(1, count):
            right = self._entry(f"x{index}", kinds)
            word = self.random.choice(["JOIN", "JOIN", "LEFT JOIN", "LEFT JOIN", "RIGHT JOIN",
                                       "FULL JOIN"])  # fmt: skip
            kinds.append(word.lower())
            is_full = word == "FULL JOIN"
            on = condition(self.random, result.columns, right.columns, is_full=is_full)
            if not is_full and self.random.random() < 0.05:
                on += f" AND {self._nested(self.random.choice([result, right])).test(kinds)}"
            result = _From(
                f"{result.sql} {word} {right.sql} ON {on}",
                result.columns + right.columns,
                result.keys + right.keys,
            )
        return result

    def _where(self, source: _From) -> str:
        if self._rarely():
            return f" WHERE {self._nested(source).condition([])}"
        return f" WHERE {self.predicate(source)}" if self.random.random() < 0.35 else ""

    def _rarely(self) -> bool:
        return self.random.random() < 0.1

    # expressions

    def _typed(self, source: _From, kind: str) -> str:
        return self.random.choice([name for name, its in source.columns if its == kind])

    def predicate(self, source: _From) -> str:
        """A condition."""
        column = self._typed(source, "int")
        return self.random.choice(
            [
                f"{column} > {self.random.randrange(4)}",
                f"{column} IS NOT NULL",
                f"({column} <> 2 OR {self._typed(source, 'numeric')} < 10)",
                f"NOT ({column} = 1)",
                f"{column} IN (0, 1, 3)",
                f"{self._typed(source, 'numeric')} BETWEEN -20 AND 40",
                f"{column} IS DISTINCT FROM {self._typed(source, 'int')}",
            ]
        )

    def group(self, source: _From) -> str:
        """Something to group by."""
        choices = [self._typed(source, "int"), self._typed(source, "int"),
                   f"{self._typed(source, 'int')} % 2",
                   f"coalesce({self._typed(source, 'int')}, -1)"]  # fmt: skip
        texts = [name for name, kind in source.columns if kind in ("text", "bool")]
        return self.random.choice(choices + texts[:2])

    def expression(self, source: _From) -> str:
        """A value of any type."""
        number, whole = self._typed(source, "numeric"), self._typed(source, "int")
        choices = [
            number,
            whole,
            f"{whole} + {self._typed(source, 'int')}",
            f"{whole} / 2",
            f"{whole} % 3",
            f"{number} * {whole}",
            f"{number} / 3",
            f"round({number} / 7, 2)",
            f"{number} / nullif({self._typed(source, 'numeric')}, 0)",
            f"coalesce({number}, {whole}, 0)",
            f"CASE WHEN {self.predicate(source)} THEN {number} ELSE 1 END",
            f"round({number})",
            f"{number}::integer",
            f"greatest({whole}, {self._typed(source, 'int')})",
            f"json_build_object('n', {number}, 'w', {whole}, 'in', json_build_object('z', NULL))",
            f"abs({number}) + 0.125",
        ]
        names = [name for name, kind in source.columns if kind == "text"]
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
        times = [name for name, kind in source.columns if kind == "time"]
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

    def aggregate(self, source: _From) -> str:
        """An aggregate call."""
        number, whole = self._typed(source, "numeric"), self._typed(source, "int")
        order = ", ".join(source.keys)
        values = [n for n, kind in source.columns if kind in ("int", "text", "time", "numeric")]
        numbers = [n for n, kind in source.columns if kind in ("int", "float", "numeric")]
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
            + [f"sum({name})" for name, kind in source.columns if kind == "float"]
            + [f"stddev({name})" for name, kind in source.columns if kind == "float"]
            + [f"avg({name})" for name, kind in source.columns if kind == "float"]
            + [f"max({name})" for name, kind in source.columns if kind in ("text", "time")]
        )
        if self.random.random() < 0.15 and not call.startswith("round"):
            call += f" FILTER (WHERE {self.predicate(source)})"
        return call


def _entry_key(source: _From) -> str:
    """A text that no two rows share and that is never NULL."""
    return " || '-' || ".join(f"coalesce({key}::text, '')" for key in source.keys)


def _has_short_key(source: _From) -> bool:
    """Whether two whole numbers tell its rows apart."""
    kinds = dict(source.columns)
    return len(source.keys) <= 2 and all(kinds.get(key) == "int" for key in source.keys)
