"""A view's edited SQL replaces the old one in one step, or changes nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from cdc.contract.schemas import TableSchema
from materializers.builds.succession import Refused, Succession
from materializers.delivery.delivery import Delivery
from materializers.delivery.filling import Filling
from materializers.engines.duckdb.engine import DuckDBEngine
from materializers.engines.engine import Engine
from materializers.errors import RebuildError, SinkError
from materializers.project.project import Project, load_project
from materializers.view import ViewDefinition
from tests.materialize.memory_view import MemoryView, Turn, refused
from tests.views.feed import table_schema

TOML = """
[source.shop]
dsn = "postgresql://nobody@127.0.0.1:1/shop"
tables = ["public.items"]
[kafka]
"bootstrap.servers" = "127.0.0.1:1"
[sink.target]
type = "postgresql"
dsn = "postgresql://nobody@127.0.0.1:1/shop"
"""
VIEW = """CREATE MATERIALIZED VIEW shown AS {sql};
CREATE SINK shown_sink FROM shown WITH (connection = 'target', table = '{table}');
"""
OTHERS = table_schema("public.others", [("id", "integer"), ("n", "integer")], ["id"])
FIRST_SQL, EDITED = "SELECT id, n FROM items", "SELECT id, n + 1 AS n FROM items"


class Pipeline:
    """A pipeline at work without a source: what a succession asks of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "views").mkdir()
        (folder / "rederive.toml").write_text(TOML)
        self.project = self.edit(FIRST_SQL)
        self.kept = MemoryView(folder)
        self.kept.engine.forget("shown")
        self.kept.engine.declare(
            self.project.view("shown"), self.kept.feed.schemas, key=None, generation=1
        )
        (self.kept.definition,) = self.project.sinks_of("shown")
        self.deliveries: dict[str, Delivery] = {}
        self.stopping, self.turn = threading.Event(), Turn()
        self.rebuilt: list[ViewDefinition] = []
        self.taken_over: list[str] = []
        self.before_switch: Callable[[], object] = lambda: None

    @property
    def engine(self) -> DuckDBEngine:
        return self.kept.engine

    def edit(self, sql: str, table: str = "shown") -> Project:
        """Take up the view's file with this in it."""
        (self.folder / "views" / "v.sql").write_text(VIEW.format(sql=sql, table=table))
        self.project = load_project(self.folder)
        return self.project

    def schemas(self) -> Mapping[str, TableSchema]:
        return {**self.kept.feed.schemas, OTHERS.table: OTHERS}

    def between_batches(self, action: Callable[[], Any]) -> Any:
        return self.turn(action)

    def filling(self, engine: Engine, view: str) -> Filling:
        self.before_switch()
        return Filling(
            engine, view, lambda definition, schema: self.kept.open(schema), self.kept.desk,
            self.deliveries,
        )  # fmt: skip

    def took_over(self, view: str) -> None:
        self.taken_over.append(view)
        for delivery in self.deliveries.values():
            delivery.notify()

    def rebuild(self, definition: ViewDefinition, *, is_stopping: Callable[[], bool]) -> object:
        self.rebuilt.append(definition)
        return None

    def succeed(self) -> None:
        Succession(self, self.project.view("shown")).run()


@pytest.fixture
def pipeline(tmp_path: Path) -> Iterator[Pipeline]:
    """Its view is followed by a delivery."""
    made = Pipeline(tmp_path)
    made.kept.put({1: 10, 2: 20})
    with made.kept.delivery() as delivery:
        made.deliveries["shown_sink"] = delivery
        made.kept.until_seen(delivery, {1: 10, 2: 20})
        yield made
    made.kept.close()


def still_fed(pipeline: Pipeline, rows: dict[int, int]) -> None:
    """Nothing of the attempt is left, and the old build goes on."""
    kept, (delivery,) = pipeline.kept, pipeline.deliveries.values()
    assert list(pipeline.engine.views) == ["shown"]
    kept.put({3: 0})
    delivery.notify()
    kept.until_seen(delivery, rows | {3: 0})
    assert not delivery.reserved


def test_readers_see_the_edited_view_in_one_step(pipeline: Pipeline) -> None:
    pipeline.edit(EDITED)
    pipeline.succeed()
    kept, (delivery,) = pipeline.kept, pipeline.deliveries.values()
    kept.until_seen(delivery, {1: 11, 2: 21})
    assert pipeline.taken_over == ["shown"] and not pipeline.rebuilt
    assert list(pipeline.engine.views) == ["shown"]
    kept.put({2: 30})
    delivery.notify()
    kept.until_seen(delivery, {1: 11, 2: 31})
    assert kept.seen == [{1: 10, 2: 20}, {1: 11, 2: 21}, {1: 11, 2: 31}]


def test_changes_while_it_is_built_are_in_it(pipeline: Pipeline) -> None:
    pipeline.before_switch = lambda: pipeline.kept.put({2: 30})
    pipeline.edit(EDITED)
    pipeline.succeed()
    kept, (delivery,) = pipeline.kept, pipeline.deliveries.values()
    kept.until_seen(delivery, {1: 11, 2: 31})


@pytest.mark.parametrize("is_filled", [False, True])
def test_a_sink_that_refuses_leaves_the_old_one_fed(pipeline: Pipeline, is_filled: bool) -> None:
    kept = pipeline.kept
    pipeline.before_switch = lambda: (kept.unready if is_filled else kept.faults).append(refused())
    pipeline.edit(EDITED)
    with pytest.raises(SinkError, match="it forbids this"):
        pipeline.succeed()
    assert not pipeline.taken_over
    still_fed(pipeline, {1: 10, 2: 20})


def test_an_edit_that_comes_meanwhile_ends_it(pipeline: Pipeline) -> None:
    pipeline.edit(EDITED)
    succession = Succession(pipeline, pipeline.project.view("shown"))
    pipeline.before_switch = lambda: pipeline.edit(FIRST_SQL)
    with pytest.raises(RebuildError, match="no longer wanted"):
        succession.run()
    still_fed(pipeline, {1: 10, 2: 20})


def test_what_the_state_lacks_is_rebuilt_from_offset_zero(pipeline: Pipeline) -> None:
    pipeline.edit("SELECT id, n FROM others")
    pipeline.succeed()
    assert [view.name for view in pipeline.rebuilt] == ["shown"]


def test_sql_that_cannot_be_planned_changes_nothing(pipeline: Pipeline) -> None:
    pipeline.edit("SELECT id, nn FROM items")
    with pytest.raises(Refused, match='column "nn" does not exist'):
        pipeline.succeed()
    still_fed(pipeline, {1: 10, 2: 20})


def test_other_options_of_a_sink_fill_it_anew_and_keep_the_build(pipeline: Pipeline) -> None:
    before = pipeline.engine.views["shown"].generation
    pipeline.edit(FIRST_SQL, table="elsewhere")
    pipeline.succeed()
    assert pipeline.taken_over == ["shown"] and not pipeline.rebuilt
    assert pipeline.engine.views["shown"].generation == before
    newest = max(pipeline.kept.target.builds)
    assert pipeline.kept.rows(newest) == {1: 10, 2: 20}
