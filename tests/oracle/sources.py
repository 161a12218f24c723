"""Random FROM clauses: joins of every kind in every nesting, USING and NATURAL, commas, LATERAL,
aliases that rename columns, queries with tails in parentheses, and views over them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from random import Random

from tests.oracle.odd_columns import GROUPED_KINDS, shown, suffixed
from tests.oracle.relations import Relation
from tests.oracle.tables import KINDS

_WHOLE, _NUMBER = "int", "numeric"
_JOINS = ("JOIN", "JOIN", "LEFT JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN")


@dataclass(frozen=True, slots=True)
class Column:
    """A column above FROM. `written`: how it is named there; empty where no name means it alone."""

    name: str
    kind: str
    written: str


@dataclass(frozen=True, slots=True)
class Source:
    """Some entries joined. `columns`: in the order of `*`; `hidden`: those that USING made one,
    by their tables; `keys`: what tells its rows apart, None where no name does any longer."""

    sql: str
    columns: tuple[Column, ...]
    hidden: tuple[Column, ...] = ()
    keys: tuple[str, ...] | None = ()
    is_join: bool = False

    def of(self, *kinds: str) -> list[str]:
        """Every column of these kinds, as it is named."""
        columns = (*self.columns, *self.hidden)
        return [c.written for c in columns if c.kind in kinds and c.written]

    def only(self) -> set[str]:
        """The names of columns with an equality that are there once, so that USING takes them."""
        names = [c.name for c in self.columns]
        kinds = (_WHOLE, *GROUPED_KINDS)
        return {c.name for c in self.columns if c.kind in kinds and names.count(c.name) == 1}

    def has_twice(self) -> bool:
        """Whether two columns have one name."""
        return len({c.name for c in self.columns}) < len(self.columns)


class Sources:
    """Makes them, and views over them; one for each view."""

    def __init__(self, random: Random, tables: Mapping[str, Relation]) -> None:
        self.random = random
        self.tables = tables
        self._count = 0

    def view(self, kinds: list[str]) -> tuple[str, tuple[str, ...]]:
        """A SELECT and its key."""
        kinds.append("sources")
        source = self.source(kinds)
        pick = self.random.random()
        if pick < 0.4:
            return self._star(source)
        if pick < 0.6 or source.keys is None:
            return self._grouped(source)
        return self._plain(source)

    def expanded_view(self, kinds: list[str]) -> tuple[str, tuple[str, ...]]:
        """One over what each row of an entry gives by itself, and its key."""
        kinds.append("expanded")
        left = self._entry(kinds)
        right = self._expanded(left)
        join = self.random.choice(["{}, {}", "{} CROSS JOIN {}", "{} LEFT JOIN {} ON true"])
        source = self._both(left, right, join.format(left.sql, right.sql))
        return self._plain(source) if self.random.random() < 0.6 else self._grouped(source)

    # views

    def _star(self, source: Source) -> tuple[str, tuple[str, ...]]:
        """Groups over `*`, whose columns are named by their places."""
        named = [f"c{i}" for i in range(len(source.columns))]
        places = {
            kind: [n for n, c in zip(named, source.columns, strict=True) if c.kind == kind]
            for kind in (_WHOLE, _NUMBER)
        }
        groups = self._some(places[_WHOLE], 2)
        values = ["count(*) AS n", *(f"sum({n}) AS s" for n in self._some(places[_NUMBER], 1))]
        query = f"SELECT * FROM {source.sql}{self._where(source)}"
        sql = (
            f"SELECT {', '.join([*groups, *values])} FROM ({query}) AS q ({', '.join(named)})"
            f" GROUP BY {', '.join(groups)}"
        )
        return sql, tuple(groups)

    def _grouped(self, source: Source) -> tuple[str, tuple[str, ...]]:
        groups = self._some(source.of(_WHOLE, *GROUPED_KINDS), 2)
        kind_of = {c.written: c.kind for c in (*source.columns, *source.hidden)}
        value = self.random.choice(source.of(_WHOLE))
        listed = [f"{shown(group, kind_of[group])} AS g{i}" for i, group in enumerate(groups)]
        listed += ["count(*) AS n", f"count({value}) AS m", f"max({value}) AS x"]
        by = self.random.choice(
            [", ".join(groups), ", ".join(str(i + 1) for i in range(len(groups)))]
        )
        sql = f"SELECT {', '.join(listed)} FROM {source.sql}{self._where(source)} GROUP BY {by}"
        return sql, tuple(f"g{i}" for i in range(len(groups)))

    def _plain(self, source: Source) -> tuple[str, tuple[str, ...]]:
        keys = [f"{key} AS key{i}" for i, key in enumerate(source.keys or ())]
        values = self._some(source.of(*KINDS.values()), 4)
        listed = keys + [f"{value} AS v{i}" for i, value in enumerate(values)]
        sql = f"SELECT {', '.join(listed)} FROM {source.sql}{self._where(source)}"
        return sql, tuple(f"key{i}" for i in range(len(keys)))

    def _where(self, source: Source) -> str:
        if self.random.random() < 0.6:
            return ""
        one, two = self.random.choice(source.of(_WHOLE)), self.random.choice(source.of(_WHOLE))
        return " WHERE " + self.random.choice(
            [f"{one} = {two}", f"{one} > 1", f"{one} IS NOT NULL", f"{one} <> 2 OR {two} IS NULL",
             f"{one} NOT IN (SELECT k FROM r WHERE k IS NOT NULL)", f"{one} IN (VALUES (1), (2))"]
        )  # fmt: skip

    def _some(self, names: list[str], most: int) -> list[str]:
        names = list(dict.fromkeys(names))
        count = min(len(names), self.random.randint(1, most))
        return self.random.sample(names, count)

    # joins

    def source(self, kinds: list[str]) -> Source:
        """A whole FROM: up to four entries, now and then with a comma between."""
        source = self._tree(self.random.choice([1, 2, 2, 3, 3, 4]), kinds)
        if self.random.random() < 0.25:
            kinds.append("comma")
            return self._comma(source, kinds)
        return source

    def _comma(self, left: Source, kinds: list[str]) -> Source:
        if self.random.random() < 0.3 and left.of(_WHOLE):
            right = self._lateral(left)
        else:
            right = self._tree(self.random.choice([1, 2]), kinds)
        return self._both(left, right, f"{left.sql}, {right.sql}")

    def _tree(self, count: int, kinds: list[str]) -> Source:
        if count == 1:
            return self._entry(kinds)
        right_count = self.random.randint(1, count - 1)
        left = self._tree(count - right_count, kinds)
        if right_count == 1 and self.random.random() < 0.15 and left.of(_WHOLE):
            return self._joined_lateral(left, kinds)
        right = self._tree(right_count, kinds)
        if right.is_join:
            right = self._enclosed(right, kinds)
        joined = self._joined(left, right, kinds)
        return self._enclosed(joined, kinds) if self.random.random() < 0.2 else joined

    def _enclosed(self, source: Source, kinds: list[str]) -> Source:
        """Parentheses, and now and then an alias that hides what is in them."""
        kinds.append("parentheses")
        if self.random.random() < 0.7:
            return replace(source, sql=f"({source.sql})")
        alias = self._alias("p")
        named = [suffixed(c.name, str(i)) for i, c in enumerate(source.columns)]
        if not source.has_twice() and self.random.random() < 0.5:
            named = [c.name for c in source.columns]
            sql = f"({source.sql}) AS {alias}"
        else:
            sql = f"({source.sql}) AS {alias} ({', '.join(named)})"
        columns = tuple(
            Column(name, c.kind, f"{alias}.{name}")
            for name, c in zip(named, source.columns, strict=True)
        )
        return Source(sql, columns, (), None)

    def _joined(self, left: Source, right: Source, kinds: list[str]) -> Source:
        word = self.random.choice(_JOINS)
        kinds.append(word.lower())
        names = sorted(left.only() & right.only())
        if names and self.random.random() < 0.45:
            kinds.append("using")
            names = self.random.sample(names, self.random.choice([1, 1, min(2, len(names))]))
            sql = f"{left.sql} {word} {right.sql} USING ({', '.join(names)})"
            return self._merged(left, right, names, sql)
        shared = {c.name for c in left.columns} & {c.name for c in right.columns}
        if shared <= set(names) and self.random.random() < 0.5:
            kinds.append("natural")
            names = [c.name for c in left.columns if c.name in shared]
            return self._merged(left, right, names, f"{left.sql} NATURAL {word} {right.sql}")
        if self.random.random() < 0.1:
            return self._both(left, right, f"{left.sql} CROSS JOIN {right.sql}")
        return self._both(left, right, f"{left.sql} {word} {right.sql} ON {self._on(left, right)}")

    def _on(self, left: Source, right: Source) -> str:
        one, two = self.random.choice(left.of(_WHOLE)), self.random.choice(right.of(_WHOLE))
        if "." not in one or "." not in two:  # merged: the other side may have the name too
            return self._qualified(left, right)
        more = f" AND {one} > 1" if self.random.random() < 0.2 else ""
        kind = self.random.choice(GROUPED_KINDS)
        if self.random.random() < 0.5 and left.of(kind) and right.of(kind):
            odd, other = self.random.choice(left.of(kind)), self.random.choice(right.of(kind))
            return f"{odd} = {other}" if "." in odd and "." in other else f"{one} = {two}"
        return f"{one} = {two}{more}"

    def _qualified(self, left: Source, right: Source) -> str:
        pairs = [[c for c in side.of(_WHOLE) if "." in c] for side in (left, right)]
        return " = ".join(self.random.choice(side) for side in pairs) if all(pairs) else "true"

    def _merged(self, left: Source, right: Source, names: list[str], sql: str) -> Source:
        both = self._both(left, right, sql)
        merged = [next(c for c in both.columns if c.name == name) for name in names]
        columns = [Column(c.name, c.kind, c.name) for c in merged]
        rest = [c for c in both.columns if c.name not in names]
        # A name alone means the merged column only where no other one bears it
        again = {c.name for c in (*left.columns, *right.columns) if c.name not in names} & set(
            names
        )
        columns = [replace(c, written="" if c.name in again else c.written) for c in columns]
        gone = [c for c in both.columns if c.name in names and "." in c.written]
        return replace(both, columns=(*columns, *rest), hidden=(*both.hidden, *gone))

    def _both(self, left: Source, right: Source, sql: str) -> Source:
        """The columns of both; a merged name that the other side has too means nothing alone."""
        names = [c.name for c in (*left.columns, *right.columns)]
        columns = tuple(
            replace(
                c, written="" if "." not in c.written and names.count(c.name) > 1 else c.written
            )
            for c in (*left.columns, *right.columns)
        )
        keys = None if left.keys is None or right.keys is None else (*left.keys, *right.keys)
        return Source(sql, columns, (*left.hidden, *right.hidden), keys, True)

    # LATERAL

    def _joined_lateral(self, left: Source, kinds: list[str]) -> Source:
        right = self._lateral(left)
        kinds.append("lateral")
        word = self.random.choice(["JOIN", "LEFT JOIN"])
        on = self.random.choice(["true", f"{self.random.choice(right.of(_NUMBER, _WHOLE))} > 1"])
        return self._both(left, right, f"{left.sql} {word} {right.sql} ON {on}")

    def _expanded(self, left: Source) -> Source:
        """What each row gives by itself: elements, a series, rows of VALUES."""
        alias = self._alias("e")
        outer = self.random.choice([c for c in left.of(_WHOLE) if "." in c] or ["3"])
        sql = self.random.choice(
            [f"unnest(ARRAY[{outer}, 7, NULL]) WITH ORDINALITY",
             f"generate_series(1, least({outer}, 3)) WITH ORDINALITY",
             f"LATERAL (VALUES ({outer}, 1), (NULL, 2))", f"LATERAL (SELECT {outer} + 1, 4)"]
        )  # fmt: skip
        columns = tuple(Column(n, _WHOLE, f"{alias}.{n}") for n in ("j", "id"))
        return Source(f"{sql} AS {alias} (j, id)", columns, (), (f"{alias}.id",))

    def _lateral(self, left: Source) -> Source:
        if self.random.random() < 0.4:
            return self._expanded(left)
        alias, table = self._alias("l"), self.tables[self.random.choice(list(self.tables))]
        outer = self.random.choice([c for c in left.of(_WHOLE) if "." in c] or ["3"])
        where = f"FROM {table.name} z WHERE z.k = {outer}"
        keys = ", ".join(f"z.{name}" for name in table.key)
        is_one_row = self.random.random() < 0.4
        names = list(dict.fromkeys(["n", "j", *(() if is_one_row else table.key)]))
        tail = self.random.choice(["", f" ORDER BY z.n DESC NULLS LAST, {keys} LIMIT 2"])
        sql = f"SELECT {', '.join(f'z.{name}' for name in names)} {where}{tail}"
        if is_one_row:
            sql = f"SELECT sum(z.n) AS n, count(*) AS j {where}"
        columns = tuple(Column(n, KINDS[n], f"{alias}.{n}") for n in names)
        keyed = () if is_one_row else tuple(f"{alias}.{name}" for name in table.key)
        return Source(f"LATERAL ({sql}) AS {alias}", columns, (), keyed)

    # entries

    def _entry(self, kinds: list[str]) -> Source:
        table = self.tables[self.random.choice(list(self.tables))]
        pick = self.random.random()
        if pick < 0.3:
            return self._tailed(table, kinds)
        if pick < 0.4:
            return self._values()
        alias = self._alias("x")
        names = list(table.columns)
        renamed = dict(zip(names, self._renamed(names), strict=True))
        listed = f" ({', '.join(renamed.values())})" if renamed != {n: n for n in names} else ""
        columns = tuple(
            Column(renamed[n], table.columns[n], f"{alias}.{renamed[n]}") for n in names
        )
        keys = tuple(f"{alias}.{renamed[n]}" for n in table.key)
        return Source(f"{table.name} AS {alias}{listed}", columns, (), keys)

    def _renamed(self, names: list[str]) -> list[str]:
        """Now and then other names for the first columns."""
        count = self.random.choice([0, 0, 0, 1, len(names)])
        return [suffixed(n, "_") if i < count else n for i, n in enumerate(names)]

    def _tailed(self, table: Relation, kinds: list[str]) -> Source:
        """Few columns of a table, with a tail in or behind parentheses."""
        kinds.append("tail")
        alias = self._alias("y")
        names = list(dict.fromkeys([*table.key, *self._some(["k", "j", "n", "id"], 2)]))
        query = f"SELECT {', '.join(names)} FROM {table.name}"
        order = f"ORDER BY {self.random.choice(['k', 'j', 'n'])} DESC, {', '.join(table.key)}"
        first = self.random.choice(["LIMIT 3", "LIMIT 4 OFFSET 1", "FETCH FIRST 5 ROWS ONLY", ""])
        sql = self.random.choice(
            [f"({query})", f"(({query}) {order} {first})", f"(({query} {order}) {first})",
             f"(WITH c AS ({query}) SELECT * FROM c)", f"({query} {order} {first})"]
        )  # fmt: skip
        columns = tuple(Column(n, KINDS[n], f"{alias}.{n}") for n in names)
        return Source(f"{sql} AS {alias}", columns, (), tuple(f"{alias}.{n}" for n in table.key))

    def _values(self) -> Source:
        alias = self._alias("c")
        names = self.random.choice([("k", "n"), ("id", "j"), ("j", "m")])
        columns = tuple(Column(n, _WHOLE, f"{alias}.{n}") for n in names)
        sql = f"(VALUES (1, 2), (3, NULL), (2, 4)) AS {alias} ({', '.join(names)})"
        return Source(sql, columns, (), (f"{alias}.{names[0]}",))

    def _alias(self, letter: str) -> str:
        self._count += 1
        return f"{letter}{self._count}"
