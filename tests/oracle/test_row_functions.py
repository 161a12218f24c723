"""Every function of the registry in the row engine over the edges of its arguments: PostgreSQL's
text, PostgreSQL's message where it fails, and never NULL where it is planned so."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from materializers.errors import ViewError
from materializers.sql.catalogue import BUILT_IN
from tests.oracle.function_calls import UNTRIED, calls
from tests.oracle.row_edges import TABLES, RowEdges


@pytest.fixture(scope="module")
def edges(postgres_server: str) -> Iterator[RowEdges]:
    with RowEdges.made(postgres_server) as edges:
        yield edges


@pytest.mark.parametrize("name", sorted(BUILT_IN.scalars))
def test_row_function(name: str, edges: RowEdges) -> None:
    tried = 0
    for call in calls(edges.connection, name):
        for table in TABLES:
            try:
                planned = edges.tables.planned(call, table)
            except ViewError:
                continue  # refused at plan time
            tried += 1
            assert edges.tables.attempts(planned) == edges.expected(call, table), f"{call} {table}"
    assert tried or name in UNTRIED
