"""A view's rows evaluated by the row engine, and PostgreSQL's, as texts.

It reads PostgreSQL's texts, so that it shares nothing with the engine under test but the plan.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from cdc.contract.schemas import TableSchema
from materializers.engines.rows.relations.environment import Tables
from materializers.engines.rows.relations.evaluated import evaluation
from materializers.engines.rows.scalar import Row
from materializers.engines.rows.type_io import input_of, output_of
from materializers.engines.rows.values import Value
from materializers.sql.catalogue import BUILT_IN
from materializers.sql.plan import plan_view, whole_view
from materializers.sql.relations.relation import Column
from materializers.sql.types.captured import captured_type
from materializers.sql.types.sql_type import SqlType
from materializers.view import ViewDefinition
from rederive.demo.postgres_select import postgres_select
from tests.views.answers import FLOAT_DIGITS, REAL_DIGITS, difference
from tests.views.moved_rows import MovedRows
from tests.views.source import Connection, Source

Shown = tuple[str | None, ...]
Change = Callable[[Any], str]  # Any: a value of the row engine


class RowTables:
    """The rows of some tables, read again at each cut."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def read(self) -> Tables:
        """The rows as they are now."""
        return {schema.table: self._table(schema) for schema in self._source.schemas}

    def _table(self, schema: TableSchema) -> list[Mapping[str, Value]]:
        place, name = schema.table.split(".", 1)
        texts = _texts(
            self._source.connection, [c.name for c in schema.columns], f'{place}."{name}" q'
        )
        readers = [(c.name, input_of(captured_type(c))) for c in schema.columns]
        return [
            {
                name: None if text is None else read(text)
                for text, (name, read) in zip(row, readers, strict=True)
            }
            for row in texts
        ]


class RowView:
    """The view in both forms of its plan: as the engine keeps it, and as one query of its tables
    alone, both worked out anew; and moved from cut to cut by the row engine's operators."""

    def __init__(
        self,
        view: ViewDefinition,
        schemas: Mapping[str, TableSchema],
        key: tuple[str, ...] | None,
    ) -> None:
        plan = plan_view(view, schemas, key, BUILT_IN)
        whole = whole_view(view, schemas, BUILT_IN)
        self.select = postgres_select(view)
        self._forms = [
            ("kept form", plan.root.columns, evaluation(plan.root)),
            ("inline form", whole.columns, evaluation(whole)),
            ("moved form", plan.root.columns, MovedRows(plan, schemas).rows),
        ]

    def differs(self, connection: Connection, tables: Tables) -> str:
        """How its rows differ from PostgreSQL's; empty where they are the same."""
        found, expected = [], dict[tuple[Column, ...], Counter[Shown]]()
        for form, columns, evaluate in self._forms:
            if columns not in expected:
                texts = _texts(connection, [c.name for c in columns], f"({self.select}) q")
                expected[columns] = _read(texts, columns)
            if text := difference(expected[columns], _shown(evaluate(tables), columns)):
                found.append(f"rows, {form}: {text}")
        return "; ".join(found)


def _texts(connection: Connection, names: Sequence[str], relation: str) -> Iterable[Row]:
    """Values as the output functions of their types write them."""
    listed = ", ".join(f'''q."{name.replace('"', '""')}"''' for name in names)
    query = f"COPY (SELECT {listed} FROM {relation}) TO STDOUT"
    with connection.cursor().copy(query.encode()) as copy:
        yield from copy.rows()


def _read(rows: Iterable[Row], columns: Sequence[Column]) -> Counter[Shown]:
    """PostgreSQL's texts: of floats as many digits as count, intervals in one style,
    JSON objects in one order."""
    readers = [_reader(c.type) if _is_read(c.type) else None for c in columns]
    return _counted(rows, readers)


def _shown(rows: Iterable[Row], columns: Sequence[Column]) -> Counter[Shown]:
    rows = list(rows)
    for place, column in enumerate(columns):
        is_null = not column.nullable and any(row[place] is None for row in rows)
        assert not is_null, f"{column.name} is planned never NULL"
    return _counted(rows, [_writer(c.type) for c in columns])


def _counted(rows: Iterable[Row], changes: Sequence[Change | None]) -> Counter[Shown]:
    """The rows with each column's values changed, but NULLs."""
    columns = [list(column) for column in zip(*rows, strict=True)]
    for place, change in enumerate(changes if columns else ()):
        if change is not None:
            columns[place] = [None if v is None else change(v) for v in columns[place]]
    return Counter(zip(*columns, strict=True))


def _reader(kind: SqlType) -> Change:
    read, write = input_of(kind), _writer(kind)
    return lambda text: write(read(text))


def _is_read(kind: SqlType) -> bool:
    return _has_floats(kind) or (kind.element or kind).name in ("interval", "json")


def _has_floats(kind: SqlType) -> bool:
    return kind.is_float or (kind.element is not None and _has_floats(kind.element))


def _members(pairs: list[tuple[str, Any]]) -> Any:
    """Where an aggregate leaves the order of a JSON's members open, it is PostgreSQL's scan's."""
    return tuple(sorted(pairs, key=repr))


def _writer(kind: SqlType) -> Change:
    if kind.name == "json":
        return _document
    if not _has_floats(kind):
        return output_of(kind)
    if kind.element is not None:
        member = _writer(kind.element)
        return lambda value: str([None if v is None else member(v) for v in value])
    digits = REAL_DIGITS if kind.name == "real" else FLOAT_DIGITS
    return lambda value: f"{value:.{digits}g}".replace("-0", "0")


def _document(value: Any) -> str:
    return repr(json.loads(value, parse_float=str, parse_int=str, object_pairs_hook=_members))
