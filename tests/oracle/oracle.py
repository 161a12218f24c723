"""One seed: a few random views over random tables, moved by random transactions.

At every cut four answers must be one: the engine's rows, the copy that its steps alone built, the
same SELECT worked out by DuckDB from the input tables, and PostgreSQL's own.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from random import Random

import psycopg

from materializers.engine import Engine
from materializers.view import ViewDefinition
from tests.oracle.grammar import CREATE, TABLES, Grammar, View
from tests.views.answers import (
    Mirror,
    difference,
    engine_rows,
    postgres_rows,
    recomputed_rows,
)
from tests.views.source import Connection, Source

CUTS = 8
VIEWS = 4
CHANGES_MAX = 7


def run_seed(seed: int, dsn: str, folder: Path) -> Counter[str]:
    """Raises AssertionError with the seed, the cut and the view; the kinds of views met."""
    grammar = Grammar(Random(seed))
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("DROP TABLE IF EXISTS r, s, t")
        connection.execute(CREATE)
        source = Source(connection, TABLES)
        views = {f"v{i}": _valid_view(grammar, connection) for i in range(VIEWS)}
        engine = Engine.open(folder / f"{seed}.duckdb", threads=1)
        try:
            _declare(engine, views, source)
            _run(engine, views, source, grammar, seed)
        finally:
            engine.close()
    return Counter(kind for view in views.values() for kind in view.kinds)


def _valid_view(grammar: Grammar, connection: Connection) -> View:
    """A view that PostgreSQL can plan: it refuses some full joins, and DISTINCT over json."""
    while True:
        view = grammar.view()
        try:
            connection.execute(f"EXPLAIN {view.sql}")
        except (psycopg.errors.FeatureNotSupported, psycopg.errors.UndefinedFunction):
            continue
        return view


def _declare(engine: Engine, views: dict[str, View], source: Source) -> None:
    for name, view in views.items():
        definition = ViewDefinition(name, view.sql, Path("oracle.sql"), 1)
        engine.declare(definition, source.feed.schemas, key=view.key, generation=1)


def _run(
    engine: Engine, views: dict[str, View], source: Source, grammar: Grammar, seed: int
) -> None:
    mirrors = {name: Mirror(engine, name) for name in views}
    for cut in range(CUTS):
        count = 40 if cut == 0 else grammar.random.randint(1, CHANGES_MAX)
        statements = [grammar.change() for _ in range(count)]
        with source.connection.transaction():
            for statement in statements:
                source.connection.execute(statement)
        applied = engine.apply(source.batch())
        for name, view in views.items():
            where = f"seed {seed}, cut {cut}, view {name}: {view.sql}"
            assert name not in applied.failures, f"{where}\n{applied.failures[name]}"
            found = engine_rows(engine, name)
            expected = postgres_rows(source.connection, view.sql)
            assert not (d := difference(expected, found)), f"{where}\nPostgreSQL: {d}\n{statements}"
            again = recomputed_rows(engine, name)
            assert not (d := difference(again, found)), f"{where}\nrecomputed: {d}\n{statements}"
            mirrors[name].follow()
            copied = mirrors[name].counted()
            assert not (d := difference(found, copied)), f"{where}\nsteps: {d}\n{statements}"
