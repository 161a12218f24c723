"""A scenario run: at every cut four answers must be one.

The engine's rows, the copy that its steps alone built, the same SELECT worked out by DuckDB from
the input tables, and PostgreSQL's own.
"""

from __future__ import annotations

import contextlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import psycopg

from materializers.batch import Batch, Records
from materializers.engine import Engine
from materializers.errors import ViewError
from materializers.operators.operator import Operator
from materializers.operators.recompute import Recompute
from materializers.view import ViewDefinition
from tests.oracle.grammar import View
from tests.oracle.reducer import reduced
from tests.oracle.scenario import Scenario, Step, create_tables, make_scenario
from tests.views.answers import (
    Mirror,
    difference,
    engine_rows,
    postgres_rows,
    recomputed_rows,
)
from tests.views.source import Connection, Source

_CALL = re.compile(r"\b([a-z_]+)\(")


@dataclass(frozen=True, slots=True)
class Failure:
    """The first thing that was not as it should be."""

    cut: int
    view: str
    text: str


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
        path = self.folder / f"{scenario.seed}-{self.runs}.duckdb"
        with contextlib.closing(Session(self.connection, scenario, path)) as session:
            failure = session.declare(self.met)
            for cut, step in enumerate(scenario.steps):
                failure = failure or session.take(cut, step)
        path.unlink()
        return failure


class Session:
    """One engine on its way through a scenario."""

    def __init__(self, connection: Connection, scenario: Scenario, path: Path) -> None:
        self.scenario = scenario
        self.views = dict(scenario.views)
        self.path = path
        self.source = Source(connection, scenario.tables)
        self.engine = Engine.open(path, threads=1)
        self.mirrors: dict[str, Mirror] = {}

    def close(self) -> None:
        self.engine.close()

    def declare(self, met: Counter[str]) -> Failure | None:
        for name, view in self.views.items():
            definition = ViewDefinition(name, view.sql, Path("oracle.sql"), 1)
            schemas = self.source.feed.schemas
            try:
                kept = self.engine.declare(definition, schemas, key=view.key, generation=1)
            except ViewError as error:
                return Failure(-1, name, f"refused: {error}")
            met.update(_kinds(kept.plan.operators()))
            met.update(f"{name}()" for name in set(_CALL.findall(view.sql)))
            met.update(view.kinds)
            self.mirrors[name] = Mirror(self.engine, name)
        return None

    def take(self, cut: int, step: Step) -> Failure | None:
        """A transaction, its batches, and the comparison."""
        self._execute(step)
        batch = self.source.batch()
        batches = parts(batch, Random(cut)) if step.in_parts else [batch]
        for each in batches:
            for name, reason in self.engine.apply(each).failures.items():
                return Failure(cut, name, f"stopped: {reason}\n{step.statements}")
        for name, view in self.views.items():
            if differs := self._compare(name, view):
                return Failure(cut, name, f"{differs}\n{step.statements}")
        self._afterwards(step)
        return None

    def _execute(self, step: Step) -> None:
        connection = self.source.connection
        with connection.transaction():
            for statement in step.statements:
                # A changed key may meet another row's: then the statement never was
                with contextlib.suppress(psycopg.errors.UniqueViolation), connection.transaction():
                    connection.execute(statement.encode())
                if statement.startswith("TRUNCATE"):
                    self.source.truncated(f"public.{statement.split()[1]}")

    def _compare(self, name: str, view: View) -> str:
        found = engine_rows(self.engine, name)
        self.mirrors[name].follow()
        answers = {
            "PostgreSQL": postgres_rows(self.source.connection, view.sql),
            "recomputed": recomputed_rows(self.engine, name),
            "steps": self.mirrors[name].counted(),
        }
        differences = {side: difference(expected, found) for side, expected in answers.items()}
        return "; ".join(f"{side}: {text}" for side, text in differences.items() if text)

    def _afterwards(self, step: Step) -> None:
        if step.forgets in self.views and len(self.views) > 1:
            self.engine.forget(step.forgets)
            del self.views[step.forgets]
        if step.restarts:
            self.engine.close()
            self.engine = Engine.open(self.path, threads=1)
            for mirror in self.mirrors.values():
                mirror.engine = self.engine


def _kinds(operators: Iterable[Operator]) -> Iterator[str]:
    """Class names, those below a Recompute included."""
    for operator in operators:
        yield type(operator).__name__
        if isinstance(operator, Recompute):
            yield from _kinds(operator.child.walk())


def parts(batch: Batch, random: Random) -> list[Batch]:
    """A batch as two, cut anywhere in each partition; the first leads to no cut."""
    first: dict[str, Records] = {}
    last: dict[str, Records] = {}
    for table, records in batch.records.items():
        share = random.random()
        seen: Counter[int] = Counter()
        total = Counter(records.partitions)
        for i, partition in enumerate(records.partitions):
            seen[partition] += 1
            side = first if seen[partition] <= share * total[partition] else last
            _add(side.setdefault(table, Records()), records, i)
    return [
        Batch(batch.cut, first, batch.schemas, batch.offsets, False),
        Batch(batch.cut, last, {}, batch.offsets, True),
    ]


def _add(target: Records, source: Records, i: int) -> None:
    target.keys.append(source.keys[i])
    target.values.append(source.values[i])
    target.partitions.append(source.partitions[i])
    target.offsets.append(source.offsets[i])
