"""Expressions planned for a table and evaluated by the row engine."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import zip_longest
from pathlib import Path

from cdc.contract.schemas import TableSchema
from materializers.engines.rows.failure import EvaluationError
from materializers.engines.rows.scalar import compiled
from materializers.engines.rows.type_io import input_of, text_of
from materializers.engines.rows.values import Value
from materializers.sql.catalogue import BUILT_IN
from materializers.sql.plan import whole_view
from materializers.sql.relations.expand import Expand
from materializers.sql.relations.map import Map
from materializers.sql.relations.relation import Relation
from materializers.sql.relations.scan import Scan
from materializers.view import ViewDefinition
from tests.views.source import Connection

Rows = list[tuple[Value, ...]]
FILE = Path(__file__)


class Tables:
    """Rows of some tables, by table and column, as texts of PostgreSQL's."""

    def __init__(self, connection: Connection, schemas: Mapping[str, TableSchema]) -> None:
        self.schemas = schemas
        self._texts: dict[str, list[dict[str, str | None]]] = {}
        for table, schema in schemas.items():
            names = [column.name for column in schema.columns]
            shown = ", ".join(f'"{name}"::text' for name in names)
            query = f"SELECT {shown} FROM {table} ORDER BY {table}.id"
            found = connection.execute(query.encode()).fetchall()
            self._texts[table] = [dict(zip(names, row, strict=True)) for row in found]

    def planned(self, value: str, table: str) -> Map:
        """`id` and the value over a table; raises ViewError."""
        view = ViewDefinition("v", f"SELECT id, {value} AS v FROM {table}", FILE, 1)
        root = whole_view(view, self.schemas, BUILT_IN)
        assert isinstance(root, Map), root
        return root

    def answers(self, planned: Map) -> list[str | None]:
        """The text of each row's value, in the order of `id`; raises EvaluationError and
        Unsupported."""
        expression = planned.outputs[1][1]
        show = text_of(expression.type)
        found = [row[1] for row in self._rows(planned)]
        assert expression.nullable or None not in found, "it is planned never NULL"
        return [None if value is None else show(value) for value in found]

    def attempts(self, planned: Map) -> list[str | None]:
        """The same, with `#error` and why for a row whose value cannot be told."""
        expression = planned.outputs[1][1]
        show = text_of(expression.type)
        names = [column.name for column in planned.child.columns]
        answer = compiled([expression], names)
        found: list[str | None] = []
        for row in self._rows(planned.child):
            try:
                (value,) = answer(row)
            except EvaluationError as error:
                found.append(f"#error {error}")
                continue
            assert expression.nullable or value is not None, "it is planned never NULL"
            found.append(None if value is None else show(value))
        return found

    def texts(self, sql: str) -> list[tuple[str | None, ...]]:
        """The rows of a SELECT over one table and functions that return rows, as texts."""
        root = whole_view(ViewDefinition("v", sql, FILE, 1), self.schemas, BUILT_IN)
        show = [text_of(column.type) for column in root.columns]
        return [
            tuple([None if v is None else s(v) for s, v in zip(show, row, strict=True)])
            for row in self._rows(root)
        ]

    def _rows(self, relation: Relation) -> Rows:
        if isinstance(relation, Scan):
            return self._scanned(relation)
        if isinstance(relation, Expand):
            return self._expanded(relation)
        assert isinstance(relation, Map), relation
        names = [column.name for column in relation.child.columns]
        answer = compiled([expression for _, expression in relation.outputs], names)
        assert relation.predicate is None
        return [answer(row) for row in self._rows(relation.child)]

    def _expanded(self, relation: Expand) -> Rows:
        assert not relation.is_left and relation.condition is None
        answer = compiled(relation.lists, [column.name for column in relation.child.columns])
        rows = []
        for row in self._rows(relation.child):
            lists = [values or () for values in answer(row)]
            rows += [(*row, *added) for added in zip_longest(*lists)]
        return rows

    def _scanned(self, scan: Scan) -> Rows:
        columns = [(name, input_of(column.type)) for name, column in scan.listed]
        return [
            tuple([None if (t := row[name]) is None else read(t) for name, read in columns])
            for row in self._texts[scan.table]
        ]
