"""What one seed does: tables, views, and transactions with what happens around them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random

import psycopg

from tests.oracle.grammar import Grammar, View
from tests.oracle.odd_columns import TYPES
from tests.oracle.relations import Relation, of_table, of_view
from tests.oracle.tables import Table, random_tables
from tests.oracle.withs import lookalike
from tests.views.recased import recased
from tests.views.source import Connection

CUTS = 8
VIEWS = 5
FIRST_CHANGES, CHANGES_MAX = 40, 7
REFUSED = (
    psycopg.errors.FeatureNotSupported,
    psycopg.errors.UndefinedFunction,
    psycopg.errors.InvalidColumnReference,
)


@dataclass(frozen=True, slots=True)
class Step:
    """One transaction. `in_parts`: its records reach the engine as two batches, of which only the
    last is exact; `restarts`: the state is closed and opened again afterwards; `forgets`: a view
    that is given up afterwards; `edits`: views that are new or have another SQL from then on."""

    statements: tuple[str, ...]
    in_parts: bool = False
    restarts: bool = False
    forgets: str = ""
    edits: Mapping[str, View] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Scenario:
    """Everything that a seed decides, so that parts of it can be left out."""

    seed: int
    tables: dict[str, Table]
    views: dict[str, View]
    steps: tuple[Step, ...] = field(default=())


def make_scenario(seed: int, connection: Connection) -> Scenario:
    """The scenario of a seed; makes its tables, as PostgreSQL judges the views."""
    random = Random(seed)
    tables = random_tables(random)
    create_tables(connection, tables)
    maker = _Views(random, connection, tables)
    views = {f"m{index}": maker.view(f"m{index}") for index in range(VIEWS)}
    late = random.choice(list(tables)) if random.random() < 0.15 else ""
    edits, known = {}, dict(views)
    for cut in sorted(random.sample(range(1, CUTS), random.choice([0, 1, 2]))):
        edits[cut] = maker.edit(known)
        known |= edits[cut]
    now = dict(tables)
    steps = tuple(_step(cut, random, now, late, edits.get(cut, {})) for cut in range(CUTS))
    return Scenario(seed, tables, views, steps)


def create_tables(connection: Connection, tables: Mapping[str, Table]) -> None:
    """Make the tables anew; the views over them go."""
    connection.execute(TYPES)
    for table in tables.values():
        connection.execute(f"DROP TABLE IF EXISTS {table.name} CASCADE".encode())
        connection.execute(table.create().encode())


def create_views(connection: Connection, views: Mapping[str, View]) -> None:
    """Make the views anew, as views of PostgreSQL's."""
    for name in views:
        connection.execute(f"DROP VIEW IF EXISTS {name} CASCADE".encode())
    for name, view in views.items():
        connection.execute(f"CREATE VIEW {name} AS {view.sql}".encode())


def readers(views: Mapping[str, View], name: str) -> list[str]:
    """The views that read a view, in what they read too."""
    return [other for other, view in views.items() if re.search(rf"\b{name}\b", view.sql)]


class _Views:
    """Makes views over tables and over the views made before."""

    def __init__(self, random: Random, connection: Connection, tables: Mapping[str, Table]) -> None:
        self.random, self.connection = random, connection
        self.tables = [of_table(table) for table in tables.values()]
        self.made: dict[str, Relation] = {}
        self.views: list[View] = []

    def view(self, name: str) -> View:
        """One more, which later ones may read."""
        relations = [*self.tables, *self.made.values()]
        if self.random.random() < 0.15:
            shape, sql = lookalike(self.random, name, relations)
            view = View(sql, shape.key, ["lookalike"])
        else:
            view = _view(Grammar(self.random, relations), self.views, self.connection)
        create_views(self.connection, {name: view})
        relation = of_view(self.connection, name, view.key)
        if relation is not None:
            self.made[name] = relation
        self.views.append(view)
        return view

    def edit(self, views: Mapping[str, View]) -> dict[str, View]:
        """A new view, or another SQL for one; what others read keeps its columns."""
        name = self.random.choice([*views, f"m{VIEWS}"])
        above = [self.made[n] for n in views if n < name and n in self.made]
        if not readers({n: v for n, v in views.items() if n != name}, name):
            self.made.pop(name, None)
            return {name: _view(Grammar(self.random, [*self.tables, *above]), [], self.connection)}
        view, relation = views[name], self.made[name]
        column = self.random.choice([n for n, kind in relation.columns.items() if kind == "int"])
        sql = f"SELECT * FROM ({view.sql}) q WHERE {column} IS DISTINCT FROM 1"
        return {name: View(sql, view.key, ["edited"])}


def _view(grammar: Grammar, others: list[View], connection: Connection) -> View:
    """A view that PostgreSQL can plan: it refuses some full joins, DISTINCT over json, and DISTINCT
    in another order than the list's. Now and then over the SELECT of another one, so that views
    share what keeps them, and now and then with its words in lower case."""
    while True:
        view = grammar.view()
        if others and grammar.random.random() < 0.25:
            other = grammar.random.choice(others)
            view = View(f"SELECT * FROM ({other.sql}) q", other.key, ["shared", *other.kinds])
        try:
            connection.execute(f"EXPLAIN {view.sql}".encode())
        except REFUSED:
            continue
        # apart from the seed's own chance, which decides about everything else
        if Random(view.sql).random() < 0.3:
            view.sql = recased(view.sql, str.lower)
            view.kinds.append("lower case")
        return view


def _step(
    cut: int, random: Random, tables: dict[str, Table], late: str, edits: Mapping[str, View]
) -> Step:
    """`tables` is changed where a definition is; `late`: one without rows for a while."""
    count = FIRST_CHANGES if cut == 0 else random.randint(1, CHANGES_MAX)
    changed = [t for name, t in tables.items() if name != late or cut > CUTS // 2]
    statements = tuple(random.choice(changed).change(random) for _ in range(count))
    forgets = f"m{random.randrange(VIEWS)}" if cut and random.random() < 0.06 else ""
    statements += _altered(cut, random, tables)
    return Step(statements, random.random() < 0.25, random.random() < 0.2, forgets, edits)


def _altered(cut: int, random: Random, tables: dict[str, Table]) -> tuple[str, ...]:
    """Now and then a column may be NULL from then on, or no longer."""
    pick = random.random()
    strict = [name for name, table in tables.items() if table.required]
    if cut and pick < 0.04:
        name = random.choice(list(tables))
        *statements, tables[name] = tables[name].with_constraint(random)
        return tuple(statements)
    if not (cut and strict and pick < 0.2):
        return ()
    name = random.choice(strict)
    statement, tables[name] = tables[name].without_constraint(random)
    return (statement,)
