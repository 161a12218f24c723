"""One engine on its way through a scenario, and what it is compared with at every cut.

With both engines, views are handed over on the way; a sink may be behind, and one of the engines
may be ahead after a crash.
"""

from __future__ import annotations

import contextlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

import duckdb
import psycopg

from materializers.engines.duckdb.duckdb_view import DuckDBView
from materializers.engines.duckdb.engine import DuckDBEngine
from materializers.engines.duckdb.operators.operator import Operator
from materializers.engines.duckdb.operators.recompute import Recompute
from materializers.engines.engine import Engine
from materializers.engines.hybrid.engine import HybridEngine
from materializers.errors import ViewError
from materializers.intake.batch import Batch, Records
from materializers.project.references import linked
from materializers.view import ViewDefinition
from tests.contracts.recomputed import shown_rows
from tests.oracle.engines import BULK, Kind
from tests.oracle.grammar import View
from tests.oracle.hand_overs import HandOver
from tests.oracle.scenario import Scenario, Step, create_views
from tests.views.answers import (
    Mirror,
    Recomputed,
    difference,
    postgres_rows,
)
from tests.views.row_view import RowTables, RowView
from tests.views.source import Connection, Source

_REFUSED = (psycopg.errors.UniqueViolation, psycopg.errors.NotNullViolation)
_CALL = re.compile(r"\b([a-z_]+)\(")


@dataclass(frozen=True, slots=True)
class Failure:
    """The first thing that was not as it should be."""

    cut: int
    view: str
    text: str


class Session:
    """One engine on its way through a scenario."""

    def __init__(
        self, connection: Connection, scenario: Scenario, path: Path, kind: Kind = BULK
    ) -> None:
        self.scenario, self.kind = scenario, kind
        self.known, self.views = dict(scenario.views), dict(scenario.views)
        self.path = path
        self.generation = 1
        self.source = Source(connection, scenario.tables)
        self.engine = kind.open(path)
        self.mirrors: dict[str, Mirror] = {}
        self.recomputed: dict[str, Recomputed] = {}
        self.tables = RowTables(self.source)
        self.row_views: dict[str, RowView] = {}
        self.random = Random(scenario.seed)
        self.under_way: HandOver | None = None
        self.handed_over: Counter[str] = Counter()
        self.last: Batch | None = None
        self._linked: dict[str, ViewDefinition] = {}

    def close(self) -> None:
        self._give_up()
        self.engine.close()

    def declare(self, met: Counter[str]) -> Failure | None:
        for name, definition in self._definitions().items():
            view = self.views[name]
            try:
                kept = self.engine.declare(
                    definition, self.source.feed.schemas, key=view.key, generation=1
                )
            except ViewError as error:
                return Failure(-1, name, f"refused: {error}")
            if isinstance(kept, DuckDBView):
                met.update(_kinds(kept.plan.operators()))
            met.update(f"{name}()" for name in set(_CALL.findall(view.sql)))
            met.update(view.kinds)
            self._follow(definition)
        return None

    def _follow(self, definition: ViewDefinition) -> None:
        """Compare the view from now on."""
        name, schemas = definition.name, self.source.feed.schemas
        self.mirrors[name] = Mirror(self.engine, name)
        self.recomputed.pop(name, None)
        if isinstance(self.engine, DuckDBEngine):
            self.row_views[name] = RowView(definition, schemas, self.views[name].key)

    def _definitions(self) -> dict[str, ViewDefinition]:
        """All views, those given up too: others may read them."""
        if self._linked:
            return self._linked
        listed = [ViewDefinition(n, v.sql, Path("oracle.sql"), 1) for n, v in self.known.items()]
        views, problems = linked(listed)
        assert not problems, problems
        self._linked = {view.name: view for view in views}
        return self._linked

    def take(self, cut: int, step: Step) -> Failure | None:
        """A transaction, its batches, and the comparison."""
        self._execute(step)
        self.last = batch = self.source.batch()
        batches = parts(batch, Random(cut)) if step.in_parts else [batch]
        for each in batches:
            self._crash_between(each)
            for name, reason in self.engine.apply(each).failures.items():
                return Failure(cut, name, f"stopped: {reason}\n{step.statements}")
            if self.under_way is not None:
                self.under_way.beside.apply(each)
        failure = self._compared(cut, step) or self._hand_over(cut, batch)
        failure = failure or self._edit(cut, step)
        self._afterwards(step)
        return failure

    def _compared(self, cut: int, step: Step) -> Failure | None:
        tables = self.tables.read() if self.row_views else {}
        for name, view in self.views.items():
            row_view = self.row_views.get(name)
            rows = row_view.differs(self.source.connection, tables) if row_view else ""
            if differs := self._compare(name, view) or rows:
                return Failure(cut, name, f"{differs}\n{step.statements}")
        return None

    def _execute(self, step: Step) -> None:
        connection = self.source.connection
        with connection.transaction():
            for statement in step.statements:
                # A changed key may meet another row's, or a shrunk scenario lack what let a column
                # be NULL: then the statement never was
                with contextlib.suppress(*_REFUSED), connection.transaction():
                    connection.execute(statement.encode())
                if statement.startswith("ALTER"):
                    self._altered()
                if statement.startswith("TRUNCATE"):
                    name = statement.split()[1].strip('"')
                    self.source.truncated(f"public.{name}")

    def _altered(self) -> None:
        """A table's definition is another one; the engine learns of it with the next batch."""
        self.source.altered()
        self.tables = RowTables(self.source)
        for name, definition in self._definitions().items():
            if name in self.views:
                # A view that is planned anew is given to its sinks as a whole
                self._follow(definition)

    def _compare(self, name: str, view: View) -> str:
        found = shown_rows(self.engine, name)
        answers = {"PostgreSQL": postgres_rows(self.source.connection, view.sql)}
        if self._follows(name):
            answers["steps"] = self.mirrors[name].counted()
        if isinstance(self.engine, DuckDBEngine):
            try:
                if name not in self.recomputed:
                    self.recomputed[name] = Recomputed(self.engine, name)
                answers["recomputed"] = self.recomputed[name].rows(self.engine)
            except duckdb.Error as error:
                return f"recomputed: {error}"
        differences = {side: difference(expected, found) for side, expected in answers.items()}
        return "; ".join(f"{side}: {text}" for side, text in differences.items() if text)

    def _follows(self, name: str) -> bool:
        """Let the view's sink catch up, and have its changes trimmed; with both engines it is
        sometimes behind."""
        mirror = self.mirrors[name]
        if isinstance(self.engine, HybridEngine) and self.random.random() < 0.25:
            return False
        if mirror.version >= 0 and not self.engine.has_since(name, mirror.version):
            self.mirrors[name] = mirror = Mirror(self.engine, name)
        mirror.follow()
        if isinstance(self.engine, HybridEngine) and self.random.random() < 0.5:
            self.engine.trim(name, mirror.version)
        return True

    # both engines

    def _crash_between(self, batch: Batch) -> None:
        """One engine has the batch, then both are opened again."""
        if isinstance(self.engine, HybridEngine) and self.random.random() < 0.1:
            engines: list[Engine] = [self.engine.bulk, self.engine.rows]
            one = self.random.choice(engines)
            if one.views:
                one.apply(batch)
            self._reopen()

    def _hand_over(self, cut: int, batch: Batch) -> Failure | None:
        """Begin one, go on with it, or let the views move."""
        if not isinstance(self.engine, HybridEngine):
            return None
        if self.under_way is None and self.engine.groups() and self.random.random() < 0.6:
            whole, path = self.source.feed.whole(batch), self.path.with_suffix(f".{cut}")
            wanted = {n: (d, self.views[n].key) for n, d in self._definitions().items()
                      if n in self.views}  # fmt: skip
            group = self.random.choice(self.engine.groups())
            self.under_way = HandOver(self.engine, path, group, wanted, whole)
        its = self.under_way
        if its is None or self.random.random() < 0.4:
            return None
        if its.is_moot(self.engine):
            self._give_up()
        elif its.has_all({name: self.mirrors[name].version for name in its.builds}):
            if (unlike := its.unlike(self.engine)) is not None:
                return Failure(cut, *unlike)
            self.handed_over[its.place.value] += 1
            if self.random.random() < 0.2:
                its.take_some(self.engine, self.random)
                self._reopen()
            else:
                its.take(self.engine)
            self._give_up()
            return self._compared(cut, Step(("handed over",)))
        return None

    def _give_up(self) -> None:
        if self.under_way is not None:
            self.under_way.end()
            self.under_way = None

    def _reopen(self) -> None:
        self.engine.close()
        self.engine = self.kind.open(self.path)
        for mirror in self.mirrors.values():
            mirror.engine = self.engine

    # edits

    def _edit(self, cut: int, step: Step) -> Failure | None:
        """Views with other SQL, and those over them, each built where its rows come from."""
        if not step.edits:
            return None
        before = self._definitions()
        self.known |= step.edits
        self._linked = {}
        create_views(self.source.connection, self.known)
        self.views |= step.edits
        for name, definition in self._definitions().items():
            if name in self.views and definition != before.get(name):
                try:
                    self._build(definition)
                except ViewError as error:
                    return Failure(cut, name, f"its edit is refused: {error}")
                self._follow(definition)
        return self._compared(cut, step)

    def _build(self, definition: ViewDefinition) -> None:
        """As `succession` does: from the state, beside the live build or in its place, else from
        offset zero."""
        name, key = definition.name, self.views[definition.name].key
        self.generation += 1
        if not self.engine.suffices(definition, key=key):
            self._rebuild(definition, key)
            return
        is_next = name in self.engine.views and self.generation % 2 == 0
        self.engine.build(definition, key=key, generation=self.generation, is_next=is_next)
        if is_next:
            self.engine.promote(name)

    def _rebuild(self, definition: ViewDefinition, key: tuple[str, ...]) -> None:
        path = self.path.with_suffix(".rebuild")
        assert self.last is not None
        batch = self.source.feed.whole(self.last)
        schemas = batch.schemas
        with contextlib.closing(self.kind.open_rebuild(path)) as beside:
            beside.declare(definition, schemas, key=key, generation=self.generation)
            failures = beside.apply(batch).failures
        if failures:
            raise ViewError(f"stopped: {failures}")
        self.engine.adopt(path, definition.name)
        path.unlink()

    def _afterwards(self, step: Step) -> None:
        if step.forgets in self.views and len(self.views) > 1:
            self.engine.forget(step.forgets)
            del self.views[step.forgets]
        if step.restarts:
            self._reopen()


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
