"""`rederive explain`: a view's relations, how each is maintained, and its state."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from materializers.engines.duckdb.duckdb_view import DuckDBView
from materializers.engines.duckdb.operators.aggregate import GroupBy
from materializers.engines.duckdb.operators.operator import Operator
from materializers.engines.duckdb.operators.scan import Scan, input_table
from materializers.engines.duckdb.outbox import outbox_table, view_table
from materializers.engines.explained import Size, explained, state_table
from materializers.sql.printing.algebra import relation_text
from materializers.sql.relations.group_by import GroupBy as GroupByRelation
from materializers.sql.relations.map import Map
from materializers.sql.relations.relation import Relation

_BLOCK_BYTES = 262_144
_TABLES_AT_ONCE = 200


def sizes_of(connection: duckdb.DuckDBPyConnection, tables: Iterable[str]) -> dict[str, Size]:
    """Measure tables. Blocks that are not yet written to the file do not count, nor do those of an
    emptied table."""
    every, sizes = list(dict.fromkeys(tables)), dict[str, Size]()
    for start in range(0, len(every), _TABLES_AT_ONCE):
        sizes |= _sizes_of(connection, every[start : start + _TABLES_AT_ONCE])
    return sizes


def _sizes_of(
    connection: duckdb.DuckDBPyConnection, tables: Sequence[str]
) -> Iterator[tuple[str, Size]]:
    """One statement for many tables: most of a statement's cost is its own."""
    counts = " UNION ALL ".join(
        f"SELECT {number} AS number, count(*) FROM {table}" for number, table in enumerate(tables)
    )
    blocks = " UNION ALL ".join(
        f"SELECT {number} AS number, block_id FROM pragma_storage_info('{_escaped(table)}')"
        for number, table in enumerate(tables)
    )
    written = connection.execute(
        f"SELECT number, count(DISTINCT block_id) FROM ({blocks}) WHERE block_id >= 0 GROUP BY ALL"
    )
    by_table: dict[int, int] = dict(written.fetchall())
    for number, rows in connection.execute(counts).fetchall():
        size = by_table.get(number, 0) * _BLOCK_BYTES if rows else 0
        yield tables[number], Size(int(rows), size)


def _escaped(table: str) -> str:
    return table.replace("'", "''")


def sizes(connection: duckdb.DuckDBPyConnection, view: DuckDBView) -> Mapping[str, Size]:
    """The sizes of the view's tables: inputs, state, rows, outbox."""
    names = {f"input {table}": input_table(table) for table in sorted(view.plan.needs)}
    names |= {f"state {table}": table for table in view.plan.state()}
    names |= {"rows": view_table(view.name), "outbox": outbox_table(view.name)}
    measured = sizes_of(connection, names.values())
    return {label: measured[table] for label, table in names.items()}


def sharing(view: DuckDBView, views: Iterable[DuckDBView], table: str) -> list[str]:
    """The other views that use a state table of a view."""
    return sorted(v.name for v in views if v.name != view.name and table in v.plan.state())


def explain(
    connection: duckdb.DuckDBPyConnection, view: DuckDBView, views: Iterable[DuckDBView]
) -> dict[str, Any]:
    """See `ViewReader.explain`; no sizes where it is not built."""
    measured = sizes(connection, view) if view.is_built else {}
    maintained = _Maintained(view, list(views), measured).of
    return explained(view, view.plan.relation, maintained, measured)


@dataclass(frozen=True, slots=True)
class _Maintained:
    """How the engine maintains each relation of a view."""

    view: DuckDBView
    views: list[DuckDBView]
    sizes: Mapping[str, Size]

    def of(self, relation: Relation) -> dict[str, Any] | None:
        """How it is maintained, and its state tables; None where it has no operator of its own.
        `beside`: operators that maintain it and are no relation of the view."""
        operator = self.view.plan.operator_of(relation)
        if operator is None:
            return None
        if isinstance(operator, Scan):
            stored = self._sized(input_table(operator.table), f"input {operator.table}")
            return {"upkeep": "stored", "state": [stored], "beside": []}
        return {
            **self._upkeep(operator),
            "beside": [*map(self._beside, _distinct_stages(operator))],
        }

    def _upkeep(self, operator: Operator) -> dict[str, Any]:
        state = [self._sized(table, f"state {table}") for table in operator.state()]
        return {"upkeep": operator.upkeep, "state": state}

    def _beside(self, operator: Operator) -> dict[str, Any]:
        shown = operator.relation
        assert isinstance(shown, GroupByRelation), "distinct values are a grouping"
        is_some = isinstance(shown.child, Map) and shown.child.predicate is not None
        where = f" {relation_text(shown.child)}" if is_some else ""
        return {"relation": f"{operator.describe()}{where}", **self._upkeep(operator)}

    def _sized(self, table: str, label: str) -> dict[str, Any]:
        return state_table(table, self.sizes.get(label), sharing(self.view, self.views, table))


def _distinct_stages(operator: Operator) -> list[Operator]:
    """The operators that maintain a grouping's distinct values."""
    if not isinstance(operator, GroupBy):
        return []
    return [renaming.inputs[0] for renaming in operator.inputs[1:]]
