"""All operators over some tables, and a batch's way through them.

A batch visits what its changes reach and nothing else. What it writes waits on the operators'
shelves until it has gone through, and becomes durable in one transaction. An operator that fails
takes with it what stands above it, and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from materializers.engines.rows.failure import EvaluationError
from materializers.engines.rows.meaning import NO_MEANINGS, Meanings
from materializers.engines.rows.operators.delta import Delta
from materializers.engines.rows.operators.making import Making
from materializers.engines.rows.operators.operator import Operator
from materializers.engines.rows.operators.output import Output
from materializers.engines.rows.operators.passage import Passage
from materializers.engines.rows.operators.shelf import Shelf
from materializers.engines.rows.operators.table import Changes, Table
from materializers.engines.rows.store.store import Store
from materializers.sql.relations.relation import Relation
from materializers.sql.types.sql_type import SqlType


@dataclass(frozen=True, slots=True)
class Moved:
    """What a batch changed in each view that changed, and why views failed."""

    changes: Mapping[str, Delta]
    failures: Mapping[str, str]


class Circuit:
    """One thread moves it. `own`: what the functions mean that are a project's own."""

    def __init__(self, store: Store, own: Meanings = NO_MEANINGS) -> None:
        self.tables: dict[str, Table] = {}
        self.roots: dict[str, Operator] = {}
        self.outputs: dict[str, Output] = {}
        self._store = store
        self._making = Making(store, self.tables, self._add, own)
        self._operators: dict[int, Operator] = {}
        self._made = 0

    def add_table(
        self, name: str, columns: Iterable[tuple[str, SqlType]], primary_key: Iterable[str]
    ) -> None:
        """A table, with the columns that are stored of it."""
        shelf = Shelf(self._store, f"table {name}")
        self.tables[name] = Table(shelf, tuple(columns), tuple(primary_key))
        self._add(self.tables[name])

    def add_view(self, name: str, root: Relation) -> None:
        """A view over the tables. Raises Unsupported."""
        self.roots[name] = self._making.of(root)

    def add_output(self, name: str, root: Relation, key: Sequence[str]) -> Output:
        """A view over the tables whose rows and changes are kept. Raises Unsupported."""
        self.add_view(name, root)
        rows, outbox = Shelf(self._store, f"rows {name}"), Shelf(self._store, f"outbox {name}")
        self.outputs[name] = Output(self.roots[name], root.columns, key, rows, outbox)
        self._add(self.outputs[name])
        return self.outputs[name]

    def is_there(self, name: str) -> None:
        """What keeps the view has seen all there is, as of an earlier time."""
        for each in self.outputs[name].reached():
            each.is_built = True

    def operator(self, relation: Relation) -> Operator | None:
        """What keeps a relation of a view; None where nothing does."""
        return self._making.made(relation)

    def _add(self, operator: Operator) -> None:
        operator.number = self._made
        self._made += 1
        self._operators[operator.number] = operator
        for each in operator.inputs:
            each.readers.append(operator)
        for each in operator.reads:
            each.dependents.append(operator)

    def move(
        self, changes: Mapping[str, Changes], commit: Callable[[Moved], None] = lambda moved: None
    ) -> Moved:
        """Move all by what changed in the tables, and durably with it what `commit` writes. Views
        that fail are taken out; their rows stay as they were. Where it raises, nothing has
        moved. In a transaction of the caller's: where that one fails, discard the circuit."""
        passage = Passage()
        try:
            for name, records in changes.items():
                passage.take(self.tables[name], records)
            passage.run(each for each in self._operators.values() if not each.is_built)
            moved = Moved(dict(self._changes(passage)), dict(self._failures(passage)))
            with self._store.transaction():
                passage.flush()
                for name in moved.failures:
                    for shelf in self.take_out(name):
                        self._store.drop(shelf.name)
                commit(moved)
            passage.saved()
        finally:
            passage.settle()
        self._conclude()
        return moved

    def tried(self, changes: Mapping[str, Changes]) -> Mapping[str, str]:
        """Which views would fail in such a batch, and why; nothing moves."""
        passage = Passage()
        try:
            for name, records in changes.items():
                passage.take(self.tables[name], records)
            passage.run(())
            return dict(self._failures(passage))
        finally:
            passage.settle()

    def build(self, commit: Callable[[], None] = lambda: None) -> None:
        """Fill what was added since the last batch from what is kept, durably. Raises
        EvaluationError where rows cannot be worked out; nothing is filled then."""
        fresh = [each for each in self._operators.values() if not each.is_built]
        for operator in fresh:
            for shelf in () if isinstance(operator, Table) else operator.shelves:
                shelf.is_blank = True  # what an earlier view left under its name
        passage = Passage()
        try:
            passage.build(fresh)
            with self._store.transaction():
                passage.flush()
                commit()
        finally:
            passage.settle()
        self._conclude()

    def _conclude(self) -> None:
        """From here on every operator has seen all there is."""
        for operator in self._operators.values():
            if not operator.is_built:
                operator.is_built = True
                for shelf in operator.shelves:
                    shelf.is_blank = False

    def _changes(self, passage: Passage) -> Iterator[tuple[str, Delta]]:
        for name, root in self.roots.items():
            if delta := passage.of(root):
                yield name, delta

    def _failures(self, passage: Passage) -> Iterator[tuple[str, str]]:
        for name, output in self.outputs.items():
            if (reason := passage.failed.get(output.number)) is not None:
                yield name, reason
        if not self.outputs and passage.failed:
            raise EvaluationError(next(iter(passage.failed.values())))

    @property
    def operators(self) -> Iterable[Operator]:
        """All of them, each after those that it reads."""
        return self._operators.values()

    @property
    def spaces(self) -> frozenset[str]:
        """The names of those that operators keep."""
        return frozenset(s.name for each in self._operators.values() for s in each.shelves)

    def take_out(self, name: str) -> list[Shelf]:
        """Remove a view and the operators that it alone needed; where these kept their state."""
        output = self.outputs.pop(name)
        del self.roots[name]
        needed: set[int] = {table.number for table in self.tables.values()}
        for other in self.outputs.values():
            needed |= {each.number for each in other.reached()}
        shelves: list[Shelf] = []
        for operator in [each for n, each in self._operators.items() if n not in needed]:
            del self._operators[operator.number]
            self._making.forget(operator)
            for each in operator.inputs:
                each.readers.remove(operator)
            for each in operator.reads:
                each.dependents.remove(operator)
            shelves += operator.shelves if operator is not output else ()
        return shelves
