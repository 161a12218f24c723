"""The 22 queries of TPC-H as views of one engine, at every cut equal to PostgreSQL's result and to
their recomputation, while transactions insert, change and delete. The run's last lines say how each
is maintained. With both engines, they are handed over to the row engine and back."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from random import Random

import psycopg
import pytest

from materializers.engines.duckdb.duckdb_view import DuckDBView
from materializers.engines.duckdb.engine import DuckDBEngine
from materializers.engines.engine import Engine
from materializers.engines.hybrid.engine import HybridEngine
from materializers.errors import ViewError
from materializers.intake.batch import Batch
from materializers.project.ddl import parse_definitions
from materializers.view import ViewDefinition
from tests.contracts.recomputed import shown_rows
from tests.oracle.engines import BOTH
from tests.oracle.hand_overs import HandOver
from tests.tpch.conftest import KEPT
from tests.tpch.refresh import Refresh, insert
from tests.tpch.rows import first_rows
from tests.views.answers import Mirror, difference, postgres_rows, recomputed_rows
from tests.views.journal import Journal
from tests.views.row_view import RowTables, RowView
from tests.views.source import Source

FOLDER = Path(__file__).parent
TABLES = (
    "region", "nation", "part", "supplier", "partsupp", "customer", "orders", "lineitem",
)  # fmt: skip
CUTS = 30
HAND_OVER_CUTS = (0, 4)
"""To rows, and back."""
SEED = 22
RANK = ("delta", "touched groups", "full")


class Failures(dict[str, str]):
    """The first failure of each query."""

    def note(self, query: str, text: str) -> None:
        self.setdefault(query, text)


def queries() -> list[tuple[ViewDefinition, tuple[str, ...] | None]]:
    """Every query and its key, None where it is inferred."""
    found = []
    for file in sorted((FOLDER / "queries").glob("*.sql")):
        text = file.read_text()
        key = re.search(r"^-- key: (.*)$", text, re.MULTILINE)
        (view,) = parse_definitions(file, text).views
        found.append((view, tuple(key[1].split(", ")) if key else None))
    return found


@contextmanager
def tables(dsn: str, numbers: str) -> Iterator[Journal]:
    """The tables, empty, with this type for their numbers."""
    schema = (FOLDER / "schema.sql").read_text().replace("decimal(15, 2)", numbers)
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(schema.encode())
        yield Journal(connection, TABLES)


@pytest.mark.parametrize(("numbers", "cuts"), [("decimal(15, 2)", CUTS), ("numeric", 3)])
def test_every_query_is_exact_at_every_cut(
    numbers: str, cuts: int, postgres_dsn: str, tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    failures = Failures()
    engine = DuckDBEngine.open(tmp_path / "tpch.duckdb", threads=2)
    with closing(engine), tables(postgres_dsn, numbers) as source:
        kept = declare(engine, source, failures)
        pytestconfig.stash[KEPT] = kept
        views = [view for view, _ in queries() if view.name in kept]
        follow(engine, source, failures, views, cuts)
    assert not failures, "\n\n".join(f"{query}: {text}" for query, text in failures.items())


@pytest.mark.parametrize("numbers", ["decimal(15, 2)", "numeric"])
def test_every_query_is_exact_when_it_is_handed_over(
    numbers: str, postgres_dsn: str, tmp_path: Path
) -> None:
    failures = Failures()
    engine = BOTH.open(tmp_path / "tpch.duckdb")
    assert isinstance(engine, HybridEngine)
    with closing(engine), tables(postgres_dsn, numbers) as source:
        kept = declare(engine, source, failures)
        views = [view for view, _ in queries() if view.name in kept]
        hand_over = partial(handed_over, engine, source, tmp_path / "beside", failures)
        follow(engine, source, failures, views, 2, hand_over)
    assert not failures, "\n\n".join(f"{query}: {text}" for query, text in failures.items())


def handed_over(
    engine: HybridEngine, source: Journal, folder: Path, failures: Failures, cut: int, batch: Batch
) -> None:
    """All views move to the other engine."""
    if cut not in HAND_OVER_CUTS:
        return
    wanted = {view.name: (view, key) for view, key in queries()}
    (place,) = {group.place for group in engine.groups()}
    for group in engine.groups():
        its = HandOver(engine, folder, group, wanted, source.feed.whole(batch))
        if (unlike := its.unlike(engine)) is not None:
            failures.note(*unlike)
        its.take(engine)
        its.end()
    assert place not in {group.place for group in engine.groups()}


def test_the_row_engine_answers_every_query(postgres_dsn: str) -> None:
    with psycopg.connect(postgres_dsn, autocommit=True) as connection:
        connection.execute((FOLDER / "schema.sql").read_text().encode())
        source = Source(connection, TABLES)
        load(Refresh(connection, Random(SEED)))
        tables, schemas = RowTables(source).read(), source.feed.schemas
        for view, key in queries():
            differs = RowView(view, schemas, key).differs(connection, tables)
            assert not differs, f"{view.name}: {differs}"


def declare(engine: Engine, source: Journal, failures: Failures) -> dict[str, str]:
    """Declare all queries; how each is kept, by the worst of its operators."""
    kept = {}
    for view, key in queries():
        try:
            declared = engine.declare(view, source.feed.schemas, key=key, generation=1)
        except ViewError as error:
            failures.note(view.name, str(error))
            continue
        assert isinstance(declared, DuckDBView)
        ways = {operator.upkeep for operator in declared.plan.operators()}
        kept[view.name] = max(ways, key=RANK.index)
    return kept


def follow(
    engine: Engine,
    source: Journal,
    failures: Failures,
    views: list[ViewDefinition],
    cuts: int,
    after: Callable[[int, Batch], None] = lambda cut, batch: None,
) -> None:
    """Load, then one random transaction after another; the last ones empty tables."""
    refresh = Refresh(source.connection, Random(SEED))
    mirrors = {view.name: Mirror(engine, view.name) for view in views}
    steps: list[Callable[[], None]] = [
        partial(load, refresh), *[refresh.transaction] * cuts,
        partial(refresh.empty, "lineitem"), partial(load, refresh),
        partial(refresh.empty, "supplier"), partial(refresh.empty, "customer"),
    ]  # fmt: skip
    for cut, step in enumerate(steps):
        with source.connection.transaction():
            step()
        batch = source.batch()
        stopped = engine.apply(batch).failures
        for name, reason in stopped.items():
            failures.note(name, f"seed {SEED}, cut {cut}, {refresh.done}: stopped: {reason}")
        for view in views:
            if view.name not in failures:
                where = f"seed {SEED}, cut {cut}, {refresh.done}"
                compare(engine, source, view, mirrors[view.name], failures, where)
                if cut == 0 and not engine.views[view.name].rows:
                    failures.note(view.name, "its first answer is empty: nothing is proven")
        after(cut, batch)


def load(refresh: Refresh) -> None:
    for table, rows in first_rows(refresh.rows).items():
        insert(refresh.connection, table, rows)


def compare(
    engine: Engine,
    source: Journal,
    view: ViewDefinition,
    mirror: Mirror,
    failures: Failures,
    where: str,
) -> None:
    """PostgreSQL's answer, the copy that the engine's steps alone made, and DuckDB's answer over
    the input tables."""
    found = shown_rows(engine, view.name)
    mirror.follow()
    answers = {
        "PostgreSQL": postgres_rows(source.connection, view.sql),
        "steps": mirror.counted(),
    }
    if isinstance(engine, DuckDBEngine):
        answers["recomputed"] = recomputed_rows(engine, view.name)
    for name, expected in answers.items():
        if differs := difference(expected, found):
            failures.note(view.name, f"{where}: {name}: {differs}")
