"""What one seed does: tables, views, and transactions with what happens around them."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

import psycopg

from tests.oracle.grammar import Grammar, View
from tests.oracle.tables import Table, random_tables
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
    that is given up afterwards."""

    statements: tuple[str, ...]
    in_parts: bool = False
    restarts: bool = False
    forgets: str = ""


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
    views: dict[str, View] = {}
    for index in range(VIEWS):
        views[f"v{index}"] = _view(Grammar(random, tables), list(views.values()), connection)
    steps = tuple(_step(cut, random, tables) for cut in range(CUTS))
    return Scenario(seed, tables, views, steps)


def create_tables(connection: Connection, tables: dict[str, Table]) -> None:
    """Make the tables anew."""
    for table in tables.values():
        connection.execute(f"DROP TABLE IF EXISTS {table.name}".encode())
        connection.execute(table.create().encode())


def _view(grammar: Grammar, others: list[View], connection: Connection) -> View:
    """A view that PostgreSQL can plan: it refuses some full joins, DISTINCT over json, and DISTINCT
    in another order than the list's. Now and then over the SELECT of another one, so that views
    share what keeps them."""
    while True:
        view = grammar.view()
        if others and grammar.random.random() < 0.25:
            other = grammar.random.choice(others)
            view = View(f"SELECT * FROM ({other.sql}) q", other.key, ["shared", *other.kinds])
        try:
            connection.execute(f"EXPLAIN {view.sql}".encode())
        except REFUSED:
            continue
        return view


def _step(cut: int, random: Random, tables: dict[str, Table]) -> Step:
    count = FIRST_CHANGES if cut == 0 else random.randint(1, CHANGES_MAX)
    statements = tuple(random.choice(list(tables.values())).change(random) for _ in range(count))
    forgets = f"v{random.randrange(VIEWS)}" if cut and random.random() < 0.06 else ""
    return Step(statements, random.random() < 0.25, random.random() < 0.2, forgets)
