"""Runs a scenario: at every cut the engine's rows, the copy made of its steps alone and
PostgreSQL's own result must be equal. On DuckDB also the SELECT recomputed by DuckDB from the input
tables, and the row engine's result over PostgreSQL's texts of them.
"""

from __future__ import annotations

import contextlib
import shutil
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from tests.oracle.engines import BULK, Kind
from tests.oracle.reducer import reduced
from tests.oracle.scenario import Scenario, create_tables, create_views, make_scenario
from tests.oracle.session import Failure, Session
from tests.views.source import Connection


def run_seed(seed: int, dsn: str, folder: Path, kind: Kind = BULK) -> Counter[str]:
    """The kinds of operators, SQL and hand-overs met. Raises AssertionError with the seed, the cut,
    the view, and the smallest case that still fails, as a case file."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        scenario = make_scenario(seed, connection)
        replay = Replay(connection, folder, kind)
        failure = replay.run(scenario)
        if failure is not None:
            smaller = reduced(scenario, failure.view, lambda s: replay.run(s) is not None)
            sql = scenario.views[failure.view].sql if failure.view in scenario.views else ""
            raise AssertionError(
                f"{kind.name}, seed {seed}, cut {failure.cut}, view {failure.view}: {sql}\n"
                f"{failure.text}\nreduced:\n{smaller}"
            )
    return replay.met


@dataclass
class Replay:
    """Runs scenarios, each on tables and a state of its own. `met`: what the views' plans held."""

    connection: Connection
    folder: Path
    kind: Kind = BULK
    met: Counter[str] = field(default_factory=Counter)
    runs: int = 0

    def run(self, scenario: Scenario) -> Failure | None:
        """The first failure."""
        self.runs += 1
        create_tables(self.connection, scenario.tables)
        create_views(self.connection, scenario.views)
        folder = self.folder / f"{self.kind.name}-{scenario.seed}-{self.runs}"
        folder.mkdir()
        path = folder / f"state{self.kind.suffix}"
        session = Session(self.connection, scenario, path, self.kind)
        with contextlib.closing(session):
            failure = session.declare(self.met)
            for cut, step in enumerate(scenario.steps):
                failure = failure or session.take(cut, step)
        self.met += session.handed_over
        shutil.rmtree(folder)
        return failure
