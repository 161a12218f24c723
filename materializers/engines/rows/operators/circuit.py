"""All operators over some tables, and a batch's way through them.

A batch visits what its changes reach and nothing else. What it writes waits on the operators'
shelves until it has gone through, and becomes durable in one transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from heapq import heapify, heappop, heappush

from materializers.engines.rows.operators.delta import Delta
from materializers.engines.rows.operators.making import Making
from materializers.engines.rows.operators.operator import Operator
from materializers.engines.rows.operators.output import Output
from materializers.engines.rows.operators.shelf import Shelf
from materializers.engines.rows.operators.table import Changes, Table
from materializers.engines.rows.store.store import Store
from materializers.sql.relations.relation import Relation
from materializers.sql.types.sql_type import SqlType

_NOTHING: Delta = []


class Circuit:
    """One thread moves it."""

    def __init__(self, store: Store) -> None:
        self.tables: dict[str, Table] = {}
        self.roots: dict[str, Operator] = {}
        self._store = store
        self._making = Making(store, self.tables, self._add)
        self._operators: list[Operator] = []
        self._readers: dict[int, list[int]] = {}

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
        output = Output(self.roots[name], root.columns, key, rows, outbox)
        self._add(output)
        return output

    def _add(self, operator: Operator) -> None:
        operator.number = len(self._operators)
        self._operators.append(operator)
        for each in operator.inputs:
            self._readers.setdefault(each.number, []).append(operator.number)

    def move(
        self,
        changes: Mapping[str, Changes],
        commit: Callable[[Mapping[str, Delta]], None] = lambda found: None,
    ) -> Mapping[str, Delta]:
        """The changes of the views that changed. All that is kept has moved when it returns, and
        what `commit` writes with it. Where it raises, nothing has moved. Raises EvaluationError."""
        batch = _Batch(self._operators, self._readers)
        try:
            for name, records in changes.items():
                batch.take(self.tables[name], records)
            batch.run()
            found = {name: delta for name, root in self.roots.items() if (delta := batch.of(root))}
            with self._store.transaction():
                batch.flush()
                commit(found)
            batch.conclude()
        finally:
            batch.settle()
        return found


class _Batch:
    def __init__(self, operators: list[Operator], readers: Mapping[int, list[int]]) -> None:
        self._operators = operators
        self._readers = readers
        self._deltas: dict[int, Delta] = {}
        self._waiting: list[int] = []
        self._seen: set[int] = set()
        self._moved: list[Operator] = []

    def take(self, table: Table, changes: Changes) -> None:
        """Let a table move by its records."""
        self._moved.append(table)
        self._tell(table, table.take(changes))

    def run(self) -> None:
        """Let all move that changes reach, each behind what it reads."""
        for each in self._operators:
            if each.starts_alone and not each.is_built:
                self._reach(each.number)
        heapify(self._waiting)
        while self._waiting:
            operator = self._operators[heappop(self._waiting)]
            self._moved.append(operator)
            deltas = [self._deltas.get(each.number, _NOTHING) for each in operator.inputs]
            self._tell(operator, operator.move(deltas))

    def _tell(self, operator: Operator, delta: Delta) -> None:
        if delta:
            self._deltas[operator.number] = delta
            for number in self._readers.get(operator.number, ()):
                self._reach(number)

    def _reach(self, number: int) -> None:
        if number not in self._seen:
            self._seen.add(number)
            heappush(self._waiting, number)

    def of(self, operator: Operator) -> Delta:
        """What it told."""
        return self._deltas.get(operator.number, _NOTHING)

    def flush(self) -> None:
        """Write all that waits."""
        for operator in self._moved:
            for shelf in operator.shelves:
                shelf.flush()

    def conclude(self) -> None:
        """All that was written is durable."""
        for operator in self._moved:
            operator.is_built = True

    def settle(self) -> None:
        """Forget what was known of the batch, and what it did not write."""
        for operator in self._moved:
            operator.settle()
            for each in operator.reads:
                each.settle()
            for shelf in operator.shelves:
                shelf.forget()
