"""Two engines that get the same, and must say the same: at every cut, of every view."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from cdc.contract.schemas import TableSchema
from cdc.errors import RederiveError
from materializers.engines.applied import Applied
from materializers.engines.duckdb.engine import DuckDBEngine
from materializers.engines.engine import Engine
from materializers.engines.label import is_next
from materializers.engines.planned_view import PlannedView
from materializers.engines.row_engine.engine import RowEngine
from materializers.errors import OutboxTrimmed, ViewError
from materializers.intake.batch import Batch
from materializers.step import Step
from materializers.view import ViewDefinition
from tests.contracts.recomputed import recomputed_rows
from tests.views.answers import difference, frozen
from tests.views.feed import Feed

Rows = dict[tuple[Any, ...], tuple[Any, ...]]
_SNAPSHOTS_MAX = 6


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A sink that was last given its rows at that version of that build."""

    generation: int
    version: int
    rows: Rows


@dataclass(slots=True)
class Side:
    """One engine, and what sinks of it have. `open_at` opens its state."""

    path: Path
    open_at: Callable[[Path], Engine]
    engine: Engine = field(init=False)
    sinks: dict[str, list[Snapshot]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.engine = self.open_at(self.path)

    def reopen(self) -> None:
        self.engine.close()
        self.engine = self.open_at(self.path)

    def full(self, view: str) -> Rows | str:
        """All rows by key; or why there are none."""
        try:
            return self._rows(view, self.engine.full(view))
        except ViewError as error:
            return error.message

    def _rows(self, view: str, step: Step) -> Rows:
        rows: Rows = {}
        self._move(view, rows, step)
        return rows

    def _move(self, view: str, rows: Rows, step: Step) -> None:
        schema = self.engine.views[view].schema
        types = {c.name: c.type_name for c in schema.columns}
        for batch in step.deletes:
            for row in batch.to_pylist():
                rows.pop(tuple(frozen(v, types[n]) for n, v in row.items()), None)
        for batch in step.upserts:
            for row in batch.to_pylist():
                made = {n: frozen(v, types[n]) for n, v in row.items()}
                key = tuple(made[n] for n in schema.key)
                assert key not in rows or step.version >= 0
                rows[key] = tuple(made.values())

    def check_steps(self, view: str, now: Rows) -> None:
        """Whatever version a sink is at, the step from there leads to the present rows."""
        kept, cut = self.engine.views[view], self.engine.cut
        assert cut is not None
        sinks = [s for s in self.sinks.get(view, []) if s.generation == kept.generation]
        for sink in sinks:
            if not self.engine.has_since(view, sink.version):
                if sink.version < cut.version:
                    self._require_trimmed(view, sink)
                continue
            rows, step = dict(sink.rows), self.engine.step(view, sink.version, sink.generation)
            if step is not None:
                assert step.version == cut.version
                self._move(view, rows, step)
            said = difference(Counter(now.values()), Counter(rows.values()))
            assert not said, f"{view}, {self.path.name}: step since {sink.version}: {said}"
        self.sinks[view] = [*sinks, Snapshot(kept.generation, cut.version, now)][-_SNAPSHOTS_MAX:]

    def _require_trimmed(self, view: str, sink: Snapshot) -> None:
        try:
            step = self.engine.step(view, sink.version, sink.generation)
        except OutboxTrimmed:
            return
        assert self.path.suffix == ".rows" and step is not None, "what is at hand may reach back"
        rows = dict(sink.rows)
        self._move(view, rows, step)
        assert Counter(rows.values()) == Counter(self._rows(view, self.engine.full(view)).values())


class SideBySide:
    """`last`: the batch that both applied last."""

    def __init__(self, folder: Path, random: Random) -> None:
        self._folder, self._random, self._made = folder, random, 0
        self.rows = Side(folder / "state.rows", RowEngine.open)
        self.bulk = Side(folder / "state.duckdb", lambda path: DuckDBEngine.open(path, threads=1))
        self.sides = (self.rows, self.bulk)
        self.last: Batch | None = None
        self.generation = 0

    @property
    def views(self) -> list[str]:
        """Their labels."""
        return sorted(self.rows.engine.views)

    @property
    def is_exact(self) -> bool:
        return self.rows.engine.is_exact and self.rows.engine.cut is not None

    def close(self) -> None:
        for side in self.sides:
            side.engine.close()

    def both(self, ask: Callable[[Engine], object]) -> object:
        """What both say, or the error that both raise; the kind of an error counts."""
        said = [_said(ask, side.engine) for side in self.sides]
        assert said[0] == said[1], f"{said[0]!r} and {said[1]!r}"
        return said[0]

    def apply(self, batch: Batch) -> Applied:
        """Both move."""
        self.last = batch
        found = [side.engine.apply(batch) for side in self.sides]
        assert found[0].failures.keys() == found[1].failures.keys(), [f.failures for f in found]
        return found[0]

    def declare(self, view: ViewDefinition, feed: Feed, key: tuple[str, ...] | None) -> object:
        self.generation += 1
        number, schemas = self.generation, dict(feed.schemas)
        return self.both(lambda e: _name(e.declare(view, schemas, key=key, generation=number)))

    def build(self, view: ViewDefinition, key: tuple[str, ...] | None, *, beside: bool) -> object:
        """Where it suffices."""
        if not self.both(lambda e: e.suffices(view, key=key)):
            return "it does not suffice"
        self.generation += 1
        number = self.generation
        return self.both(lambda e: _name(e.build(view, key=key, generation=number, is_next=beside)))

    def promote(self, view: str) -> object:
        """The build beside it takes its place."""
        return self.both(lambda e: e.promote(view).name)

    def rebuild(self, view: ViewDefinition, key: tuple[str, ...] | None, whole: Batch) -> object:
        """From the topics, in a state beside, and taken over from there."""
        self._made, self.generation = self._made + 1, self.generation + 1
        return self.both(lambda e: self._rebuilt(e, view, key, whole))

    def _rebuilt(
        self, engine: Engine, view: ViewDefinition, key: tuple[str, ...] | None, whole: Batch
    ) -> object:
        side = next(s for s in self.sides if s.engine is engine)
        path = self._folder / f"{self._made}{side.path.suffix}"
        beside = side.open_at(path)
        try:
            beside.declare(view, whole.schemas, key=key, generation=self.generation)
            failures = beside.apply(whole).failures
            if failures:
                return sorted(failures)
        finally:
            beside.close()
        old = engine.views.get(view.name)
        is_same = old is not None and old.is_of(view, key) and old.failure is None
        if is_same:
            found = engine.compare(path, view.name)
            assert not found.count, f"{view.name}: {found}"
        engine.adopt(path, view.name)
        return "adopted"

    def check(self, schemas: Feed) -> None:
        """Compare all that can be asked."""
        one, two = self.rows.engine, self.bulk.engine
        assert one.views.keys() == two.views.keys()
        assert (one.cut, one.is_exact, one.offsets) == (two.cut, two.is_exact, two.offsets)
        assert _definitions(one.schemas) == _definitions(two.schemas)
        assert one.tables_needed() == two.tables_needed()
        for name in self.views:
            self._check_view(name, schemas)

    def _check_view(self, name: str, feed: Feed) -> None:
        one, two = (side.engine.views[name] for side in self.sides)
        assert isinstance(one, PlannedView) and isinstance(two, PlannedView)
        said = f"{name}: {one.failure!r} and {two.failure!r}"
        assert (one.failure is None) == (two.failure is None), said
        assert one.is_outdated == two.is_outdated, said
        assert one.is_built == two.is_built, said
        assert one.schema.key == two.schema.key, name
        if not one.is_built or not self.is_exact:
            return
        mine, other = (side.full(name) for side in self.sides)
        if isinstance(mine, str) or isinstance(other, str):
            assert mine == other, name
            return
        said = difference(Counter(other.values()), Counter(mine.values()))
        assert not said, f"{name}, rows beside DuckDB: {said}"
        assert one.rows == len(mine) and two.rows == len(other), name
        if one.failure is None and not feed.is_waiting:
            expected = recomputed_rows(self.rows.engine, name, feed)
            said = difference(expected, Counter(mine.values()))
            assert not said, f"{name}, beside what its SQL says: {said}"
            for side, rows in zip(self.sides, (mine, other), strict=True):
                side.check_steps(name, rows)

    def trim(self) -> None:
        """Sinks have got up to some version."""
        for name in self.views:
            known = self.rows.sinks.get(name)
            if known and not is_next(name):
                version = self._random.choice(known).version
                for side in self.sides:
                    side.engine.trim(name, version)


def _said(ask: Callable[[Engine], object], engine: Engine) -> object:
    try:
        return ask(engine)
    except RederiveError as error:
        return type(error)


def _name(view: object) -> object:
    assert isinstance(view, PlannedView)
    return view.name


def _definitions(schemas: object) -> dict[str, tuple[object, ...]]:
    assert isinstance(schemas, dict)
    found: dict[str, TableSchema] = schemas
    return {table: (schema.columns, schema.key) for table, schema in found.items()}
