"""The engine has a rendering for every node that the planner may make, or leaves it to the row
engine, which has its meaning."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from materializers.engines.duckdb.by_rows.unsaid import WITHOUT_RENDERING
from materializers.engines.duckdb.render.aggregates.accumulations import ACCUMULATIONS
from materializers.engines.duckdb.render.functions import RENDERINGS
from materializers.engines.rows.meanings import MEANINGS
from materializers.sql.catalogue import BUILT_IN

SQL = Path(__file__).parents[2] / "materializers" / "sql"


def _names(*makers: str) -> Iterator[tuple[str, str]]:
    """File and name of every node of a function that is named where it is made."""
    for path in SQL.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            if node.func.id not in makers or not node.args:
                continue
            if isinstance(node.args[0], ast.Constant):
                yield path.name, str(node.args[0].value)


def test_every_node_has_words() -> None:
    named = set(_names("Apply", "boolean"))
    assert len(named) > 50
    known = RENDERINGS.keys() | WITHOUT_RENDERING
    assert [each for each in sorted(named) if each[1] not in known] == []
    assert WITHOUT_RENDERING <= MEANINGS.keys()


def test_something_is_kept_for_every_aggregate() -> None:
    named = {name for _, name in _names("AggregateCall")}
    assert named
    assert ACCUMULATIONS.keys() == BUILT_IN.aggregates.keys() | named
