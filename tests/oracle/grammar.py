"""Random views over the tables r, s and t. Everything follows from the `random.Random` given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

from tests.oracle.aggregates import grouping_sets
from tests.oracle.joining import condition
from tests.oracle.nested import Nested, odd_pairs
from tests.oracle.odd_columns import GROUPED_KINDS, ODD_KINDS, ODD_OUTPUTS, SORTED_KINDS, shown
from tests.oracle.orders import limit, order, window
from tests.oracle.recursion import recursive
from tests.oracle.relations import Relation
from tests.oracle.scalars import FromClause, Scalars
from tests.oracle.sources import Sources
from tests.oracle.tables import KINDS
from tests.oracle.withs import Withs


@dataclass(slots=True)
class View:
    """A SELECT and its key; `kinds` names what it is made of."""

    sql: str
    key: tuple[str, ...]
    kinds: list[str] = field(default_factory=list)


class Grammar:
    """Makes views over relations; `known` are the tables and those views that look like one."""

    def __init__(self, random: Random, relations: Sequence[Relation]) -> None:
        self.random = random
        self.relations = relations
        self.scalars = Scalars(random)

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
        if pick < 0.1:
            return self._union(kinds)
        if pick < 0.14:
            return View(*recursive(self.random, self.known), ["recursive"])
        if pick < 0.17:
            return self._first_of_each(kinds)
        if pick < 0.2:
            return self._distinct(kinds)
        if pick < 0.42:
            known = {each.name: each for each in self.relations if each.is_like_a_table}
            sources = Sources(self.random, known)
            sql, key = sources.view(kinds) if pick < 0.32 else sources.expanded_view(kinds)
            return View(sql, key, kinds)
        if pick < 0.6:
            return self._grouped(kinds)
        return self._plain(kinds)

    def _union(self, kinds: list[str]) -> View:
        first, second = self._from(kinds, 1), self._from(kinds, 1)
        kinds.append("union")
        both = [k for k in GROUPED_KINDS if first.of_kind(k) and second.of_kind(k)]
        both = [k for k in both if k in ODD_KINDS] or both
        if both and self.random.random() < 0.4:
            kinds.append("odd union")
            return self._odd_union(first, second, self.random.choice(both), kinds)
        if self.random.random() < 0.5:
            one, two = self.scalars.typed(first, "int"), self.scalars.typed(second, "int")
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
            one, two = self.scalars.typed(first, "int"), self.scalars.typed(second, "int")
            sql = f"SELECT {one} AS c FROM {first.sql} {word} SELECT {two} FROM {second.sql}"
            return View(f"SELECT c, count(*) AS n FROM ({sql}) q GROUP BY c", ("c",), kinds)
        sides = [
            f"SELECT {i} AS side, {f.keys[0]} AS id, {f.keys[-1]} AS id2,"
            f" {self.scalars.typed(f, 'numeric')} AS c FROM {f.sql}{self._where(f)}"
            for i, f in enumerate((first, second))
        ]
        return View(" UNION ALL ".join(sides), ("side", "id", "id2"), kinds)

    def _odd_union(
        self, first: FromClause, second: FromClause, kind: str, kinds: list[str]
    ) -> View:
        """Of columns whose equal values may print differently."""
        one, two = self.scalars.typed(first, kind), self.scalars.typed(second, kind)
        words = ["UNION", "INTERSECT", "EXCEPT", "INTERSECT ALL", "EXCEPT ALL"]
        word = self.random.choice(words)
        sql = f"SELECT {one} AS c FROM {first.sql} {word} SELECT {two} FROM {second.sql}"
        count, by = ("", "") if "ALL" not in word else (", count(*) AS n", " GROUP BY c")
        return View(f"SELECT {shown('c', kind)} AS c{count} FROM ({sql}) q{by}", ("c",), kinds)

    def _distinct(self, kinds: list[str]) -> View:
        """Rows that columns of any kind tell apart."""
        source = self._from(kinds, self.random.choice([1, 1, 2]))
        kinds.append("distinct rows")
        count = self.random.randint(1, 3)
        odd, others = source.of_kind(*ODD_KINDS), source.of_kind(*GROUPED_KINDS, "int")
        columns = self.random.sample(odd, min(len(odd), self.random.randint(1, count)))
        columns = list(dict.fromkeys(columns + self.random.sample(others, count)))[:count]
        kind_of = dict(source.columns)
        listed = [f"{column} AS c{i}" for i, column in enumerate(columns)]
        query = f"SELECT DISTINCT {', '.join(listed)} FROM {source.sql}{self._where(source)}"
        values = [f"{shown(f'c{i}', kind_of[c])} AS g{i}" for i, c in enumerate(columns)]
        key = tuple(f"g{i}" for i in range(len(columns)))
        return View(f"SELECT {', '.join(values)} FROM ({query}) q", key, kinds)

    def _first_of_each(self, kinds: list[str]) -> View:
        source = self._from(kinds, self.random.choice([1, 2]))
        kinds.append("distinct on")
        group = self.random.choice([*source.of_kind("int"), *source.of_kind(*SORTED_KINDS)])
        by = order(self.random, self._sorted(source), source.keys)
        first = shown(group, dict(source.columns)[group])
        value = self.scalars.expression(source)
        sql = (
            f"SELECT DISTINCT ON ({group}) {first} AS g, {value} AS v FROM"
            f" {source.sql}{self._where(source)} ORDER BY {group}, {by}"
        )
        return View(sql, ("g",), kinds)

    def _window(self, source: FromClause) -> str:
        wholes, numbers = source.of_kind("int"), source.of_kind("numeric")
        others = source.of_kind(*SORTED_KINDS)
        others = self.random.sample(others, min(len(others), 2))
        return window(self.random, numbers, wholes, others, source.keys)

    def _sorted(self, source: FromClause) -> list[str]:
        """Columns to sort by, mostly numbers."""
        others = source.of_kind(*SORTED_KINDS)
        return source.of_kind("int", "numeric") + self.random.sample(others, min(len(others), 2))

    def _plain(self, kinds: list[str]) -> View:
        source = self._from(kinds, self.random.choice([1, 2, 2, 3, 3, 4]))
        named = [f"key{i}" for i in range(len(source.keys))]
        outputs = ["v0", "v1", "v2"]
        if self.random.random() < 0.15:
            kinds.append("odd outputs")
            named[0], *outputs = self.random.choice(ODD_OUTPUTS)
        keys = [f"{key} AS {name}" for key, name in zip(source.keys, named, strict=True)]
        count = self.random.randrange(1, 4)
        values = [f"{self.scalars.expression(source)} AS {name}" for name in outputs[:count]]
        distinct = ""
        if self.random.random() < 0.1:
            kinds.append("distinct")
            distinct = "DISTINCT "
        extra, where = self._more(source, kinds)
        sql = (
            f"SELECT {distinct}{', '.join(keys + values + extra)} FROM {source.sql}"
            f"{where or self._where(source)}"
        )
        return View(sql, tuple(name.strip('"').replace('""', '"') for name in named), kinds)

    def _more(self, source: FromClause, kinds: list[str]) -> tuple[list[str], str]:
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
            return [], self._where(source) + limit(self.random, self._sorted(source), source.keys)
        if pick < 0.25:
            return [], f" WHERE {self._nested(source).condition(kinds)}"
        if pick < 0.32:
            return [f"{self._nested(source).value(kinds)} AS most"], ""
        return [], ""

    def _nested(self, source: FromClause) -> Nested:
        wholes, numbers = source.of_kind("int"), source.of_kind("numeric")
        nested = Nested(self.random, self.known, wholes, numbers)
        nested.pairs = odd_pairs(source.columns, self.relations)
        return nested

    def _grouped(self, kinds: list[str]) -> View:
        source = self._from(kinds, self.random.choice([1, 1, 2, 2, 3]))
        groups = [self.scalars.group(source) for _ in range(self.random.choice([0, 1, 1, 1, 2]))]
        kinds.append("group" if groups else "global")
        named = [
            f"{shown(sql, dict(source.columns).get(sql, ''))} AS g{i}"
            for i, sql in enumerate(groups)
        ]
        calls = [self.scalars.aggregate(source) for _ in range(self.random.randrange(1, 5))]
        values = [f"{call} AS a{i}" for i, call in enumerate(calls)]
        by = f" GROUP BY {', '.join(groups)}" if groups else ""
        key = tuple(f"g{i}" for i in range(len(groups)))
        if groups and self.random.random() < 0.25:
            kinds.append("grouping sets")
            groups = list(dict.fromkeys(groups))
            by = f" GROUP BY {grouping_sets(self.random, groups)}"
            values += [f"grouping({', '.join(groups)}) AS level"]
            key += ("level",)
        if self.random.random() < 0.08:
            kinds.append("outer aggregate")
            values.append(f"{self._outer_aggregate(source)} AS outer_one")
        having = ""
        if groups and self.random.random() < 0.2:
            kinds.append("having")
            having = f" HAVING {self._having(source, groups, kinds)}"
        sql = (
            f"SELECT {', '.join(named + values)} FROM {source.sql}{self._where(source)}{by}{having}"
        )
        return View(sql, key, kinds)

    def _outer_aggregate(self, source: FromClause) -> str:
        """A nested SELECT in which an aggregate of the query around it stands."""
        whole, table = self.scalars.typed(source, "int"), self.random.choice(self.known)
        return self.random.choice(
            [f"(SELECT count(*) FROM {table} z WHERE z.k = max({whole}))",
             f"(SELECT sum({whole}) + count(z.j) FROM {table} z)", f"(SELECT min({whole}))",
             f"(SELECT z.j + max({whole}) FROM {table} z ORDER BY z.j DESC NULLS LAST LIMIT 1)",
             f"EXISTS (SELECT 1 FROM {table} z GROUP BY z.k HAVING count(*) > max({whole}))"]
        )  # fmt: skip

    def _having(self, source: FromClause, groups: list[str], kinds: list[str]) -> str:
        """A condition on groups, now and then one with a nested SELECT."""
        pick = self.random.random()
        if "grouping sets" in kinds and pick < 0.4:
            level = self.random.choice(["= 0", "> 0", "= 1", "<> count(*)"])
            return f"grouping({', '.join(groups)}) {level}"
        if pick < 0.5:
            return f"count(*) > {self.random.randrange(3)}"
        if pick < 0.7:
            return f"count(*) > {Nested(self.random, self.known, [], []).constant()}"
        # A grouping set without the column refers to its rows alone
        wholes = [group for group in groups if group in source.of_kind("int", "numeric")]
        numbers = [f"sum({self.scalars.typed(source, 'numeric')})"]
        is_plain = "grouping sets" not in kinds
        nested = Nested(self.random, self.known, wholes if is_plain else [], numbers)
        nested.tested = ["count(*)", f"count({self.scalars.typed(source, 'int')})", *wholes]
        return nested.condition(kinds)

    # FROM

    def _entry(self, alias: str, kinds: list[str]) -> FromClause:
        if self.random.random() < 0.12:
            kinds.append("derived")
            sql = (
                "(SELECT k AS id, count(*) AS j, max(j) AS k, sum(n) AS n FROM"
                f" {self.random.choice(self.known)} WHERE k IS NOT NULL GROUP BY k) {alias}"
            )
            columns = [(f"{alias}.{c}", KINDS[c]) for c in ("id", "j", "k", "n")]
            return FromClause(sql, columns, [f"{alias}.id"])
        relation = self.random.choice(self.relations)
        keys = [f"{alias}.{name}" for name in relation.key]
        return FromClause(f"{relation.name} {alias}", relation.under(alias), keys)

    def _from(self, kinds: list[str], count: int) -> FromClause:
        result = self._entry("x0", kinds)
        for index in range(1, count):
            right = self._entry(f"x{index}", kinds)
            word = self.random.choice(["JOIN", "JOIN", "LEFT JOIN", "LEFT JOIN", "RIGHT JOIN",
                                       "FULL JOIN"])  # fmt: skip
            kinds.append(word.lower())
            is_full = word == "FULL JOIN"
            on = condition(self.random, result.columns, right.columns, is_full=is_full)
            if not is_full and self.random.random() < 0.12:
                on = self._nested_condition(result, right, on, kinds)
            result = FromClause(
                f"{result.sql} {word} {right.sql} ON {on}",
                result.columns + right.columns,
                result.keys + right.keys,
            )
        return result

    def _nested_condition(
        self, left: FromClause, right: FromClause, on: str, kinds: list[str]
    ) -> str:
        """A join's condition with a SELECT in it, over one side or both."""
        kinds.append("nested in ON")
        both = FromClause("", left.columns + right.columns, [])
        nested = self._nested(self.random.choice([left, right, both]))
        pick = self.random.random()
        if pick < 0.15 and " JOIN " not in left.sql:  # more would be too many rows
            return nested.condition(kinds)
        return f"{on} AND {nested.test(kinds) if pick < 0.6 else nested.condition(kinds)}"

    def _where(self, source: FromClause) -> str:
        if self._rarely():
            return f" WHERE {self._nested(source).condition([])}"
        return f" WHERE {self.scalars.predicate(source)}" if self.random.random() < 0.35 else ""

    def _rarely(self) -> bool:
        return self.random.random() < 0.1


def _has_short_key(source: FromClause) -> bool:
    """Whether two whole numbers tell its rows apart."""
    kinds = dict(source.columns)
    return len(source.keys) <= 2 and all(kinds.get(key) == "int" for key in source.keys)
