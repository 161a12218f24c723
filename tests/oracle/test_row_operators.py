"""Every operator and cast in the row engine over the edges of each pair of types it takes:
PostgreSQL's text, PostgreSQL's message where it fails, and never NULL where it is planned so."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import pytest

from materializers.errors import ViewError
from tests.oracle.edges import EDGES, column
from tests.oracle.row_edges import TABLES, RowEdges

NUMBERS = ("integer", "bigint", "numeric", "double precision")
MOMENTS = (
    "date", "timestamp without time zone", "timestamp with time zone", "time without time zone",
    "interval",
)  # fmt: skip
ARRAYS = ("integer[]", "text[]")
SIGNS = ("=", "<>", "<", ">=", "IS DISTINCT FROM", "IS NOT DISTINCT FROM")
ALIKE = [(kind, kind) for kind in EDGES]
PAIRS: dict[str, tuple[tuple[str, str], ...]] = {
    **dict.fromkeys(
        "+-*/", (*product(NUMBERS, NUMBERS), *product(MOMENTS, (*MOMENTS, "integer")))
    ),
    "%": tuple(product(NUMBERS[:3], NUMBERS[:3])),
    "^": tuple(product(NUMBERS, NUMBERS)),
    **dict.fromkeys(("&", "|", "#", "<<", ">>"), tuple(product(NUMBERS[:2], NUMBERS[:1]))),
    **dict.fromkeys(
        SIGNS,
        (*product(NUMBERS, NUMBERS), *product(MOMENTS[:3], MOMENTS[:3]), *ALIKE),
    ),
    "?": (("jsonb", "text"),),
    "||": (*product(EDGES, ("text",)), *product(("text",), EDGES), *product(ARRAYS, EDGES),
           ("jsonb", "jsonb")),
    **dict.fromkeys(("@>", "<@", "&&"), (*zip(ARRAYS, ARRAYS, strict=True), ("jsonb", "jsonb"))),
    **dict.fromkeys(("->", "->>"), tuple(product(("json", "jsonb"), ("integer", "text")))),
    **dict.fromkeys(("AND", "OR"), (("boolean", "boolean"),)),
    "LIKE": (("text", "text"),),
}  # fmt: skip
PAIRS["*"] += tuple(product(("interval",), NUMBERS)) + tuple(product(NUMBERS, ("interval",)))
PAIRS["/"] += tuple(product(("interval",), NUMBERS))
CASTS = (*EDGES, "smallint", "real", "varchar(3)", "char(4)", "numeric(6,2)")


@pytest.fixture(scope="module")
def edges(postgres_server: str) -> Iterator[RowEdges]:
    with RowEdges.made(postgres_server) as edges:
        yield edges


@pytest.mark.parametrize("sign", PAIRS)
def test_row_operator(sign: str, edges: RowEdges) -> None:
    calls = [f"{column(one, 0)} {sign} {column(two, 1)}" for one, two in PAIRS[sign]]
    assert _tried(edges, calls)


@pytest.mark.parametrize("kind", CASTS)
def test_row_cast(kind: str, edges: RowEdges) -> None:
    assert _tried(edges, [f"{column(source, 0)}::{kind}" for source in EDGES])


@pytest.mark.parametrize("quantified", ["= ANY", "<> ALL", "< ANY"])
def test_row_quantified(quantified: str, edges: RowEdges) -> None:
    pairs = zip(("integer", "text"), ARRAYS, strict=True)
    calls = [f"{column(one, 0)} {quantified} ({column(two, 1)})" for one, two in pairs]
    assert _tried(edges, calls)


def _tried(edges: RowEdges, calls: list[str]) -> int:
    """How many of them PostgreSQL has and the planner takes; each must be right."""
    tried = 0
    for call in calls:
        if edges.type_of(call) is None:
            continue
        for table in TABLES:
            try:
                planned = edges.tables.planned(call, table)
            except ViewError:
                break  # refused at plan time
            tried += 1
            assert edges.tables.attempts(planned) == edges.expected(call, table), f"{call} {table}"
    return tried
