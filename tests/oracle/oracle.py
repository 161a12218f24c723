"""Runs a scenario: at every cut five results must be equal.

The engine's rows, the copy made of its steps alone, the SELECT recomputed by DuckDB from the input
tables, the row engine's result over PostgreSQL's texts of them, and PostgreSQL's own.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from tests.oracle.reducer import reduced
from tests.oracle.scenario import Scenario, create_tables, create_views, make_scenario
from tests.oracle.session import Failure, Session
from tests.views.source import Connection


def run_seed(seed: int, dsn: str, folder: Path) -> Counter[str]:
    """The kinds of operators and SQL met. Raises AssertionError with the seed, the cut, the view,
    and the smallest case that still fails, as a case file."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        scenario = make_scenario(seed, connection)
        replay = Replay(connection, folder)
        failure = replay.run(scenario)
        if failure is not None:
            smaller = reduced(scenario, failure.view, lambda s: replay.run(s) is not None)
            sql = scenario.views[failure.view].sql if failure.view in scenario.views else ""
            raise AssertionError(
                f"seed {seed}, cut {failure.cut}, view {failure.view}: {sql}\n{failure.text}\n"
                f"reduced:\n{smaller}"
            )
    return replay.met


@dataclass
class Replay:
    """Runs scenarios, each on tables and a state of its own. `met`: what the views' plans held."""

    connection: Connection
    folder: Path
    met: Counter[str] = field(default_factory=Counter)
    runs: int = 0

    def run(self, scenario: Scenario) -> Failure | None:
        """The first failure."""
        self.runs += 1
        create_tables(self.connection, scenario.tables)
        create_views(self.connection, scenario.views)
        path = self.folder / f"{scenario.seed}-{self.runs}.duckdb"
        with contextlib.closing(Session(self.connection, scenario, path)) as session:
            failure = session.declare(self.met)
            for cut, step in enumerate(scenario.steps):
                failure = failure or session.take(cut, step)
        path.unlink()
        return failure
