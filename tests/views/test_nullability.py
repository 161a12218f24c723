"""Columns that become nullable at some cut: every view equals PostgreSQL's result at that cut and
after it, whether the table's schema comes before its rows, with them, or never."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from materializers.engines.duckdb.engine import DuckDBEngine
from materializers.view import ViewDefinition
from tests.views.answers import Mirror, difference, engine_rows, postgres_rows
from tests.views.source import Connection, Source

TABLES = """
CREATE TABLE members (id int PRIMARY KEY, team text NOT NULL, email text NOT NULL,
                      boss int NOT NULL, score numeric(6,2) NOT NULL);
CREATE TABLE teams (code text PRIMARY KEY, label text NOT NULL, head int NOT NULL);
INSERT INTO members VALUES (1, 'red', 'a@x', 1, 1.5), (2, 'red', 'b@x', 1, 2.5),
                           (3, 'blue', 'c@x', 2, 0.5);
INSERT INTO teams VALUES ('red', 'Red', 1), ('blue', 'Blue', 3);
"""
DROPS = """
ALTER TABLE members ALTER team DROP NOT NULL, ALTER email DROP NOT NULL, ALTER boss DROP NOT NULL,
                    ALTER score DROP NOT NULL;
ALTER TABLE teams ALTER label DROP NOT NULL, ALTER head DROP NOT NULL;
"""
NULLS = """
INSERT INTO members VALUES (4, 'red', NULL, NULL, 1), (5, NULL, 'd@x', 1, NULL);
INSERT INTO teams VALUES ('new', NULL, NULL);
"""
LATER = """
INSERT INTO members VALUES (6, NULL, 'e@x', NULL, 2), (7, NULL, NULL, NULL, NULL);
UPDATE members SET team = NULL WHERE id = 1;
"""
LAST = "DELETE FROM members WHERE team IS NULL; UPDATE teams SET head = 2 WHERE head IS NULL"

GROUPED = "SELECT team, count(*) AS n, count(email) AS mails FROM members GROUP BY team"
VIEWS = {
    "grouped": GROUPED,
    "sums": "SELECT team, sum(score) AS s, avg(score) AS a, max(boss) AS m FROM members GROUP BY 1",
    "total": "SELECT count(score) AS n, sum(score) AS s FROM members",
    "distinct_pairs": "SELECT DISTINCT team, email FROM members",
    "joined": "SELECT m.id, t.code, t.label FROM members m JOIN teams t ON t.head = m.boss",
    "outer_joined": "SELECT m.id, t.label FROM members m LEFT JOIN teams t ON t.code = m.team",
    "not_in": "SELECT code FROM teams WHERE code NOT IN (SELECT team FROM members)",
    "head_not_in": "SELECT id, email FROM members WHERE boss NOT IN (SELECT head FROM teams)",
    "anti": "SELECT t.code FROM teams t WHERE NOT EXISTS"
    " (SELECT 1 FROM members m WHERE m.boss = t.head)",
    "ranked": "SELECT id, rank() OVER (PARTITION BY team ORDER BY score) AS place FROM members",
    "best": "SELECT DISTINCT ON (team) team, id FROM members ORDER BY team, score DESC, id",
    "united": "SELECT team AS v FROM members UNION SELECT label FROM teams",
    "minus": "SELECT team AS v FROM members EXCEPT SELECT code FROM teams",
    "filtered": "SELECT id FROM members WHERE team <> 'red' OR score > 1",
    "shown": "SELECT id, team || '/' || email AS name, coalesce(email, 'none') AS mail"
    " FROM members",
    "scalar": "SELECT code, (SELECT max(m.score) FROM members m WHERE m.boss = t.head) AS s"
    " FROM teams t",
    "inside": f"SELECT g.team, g.mails, t.label FROM ({GROUPED}) g LEFT JOIN teams t"
    " ON t.code = g.team",
    "over": "SELECT n, count(team) AS teams FROM grouped GROUP BY n",
}
KEYS = {"joined": ("id", "code"), "total": ()}


class Pipeline:
    """All the views over a source, each beside PostgreSQL's own view of that name."""

    def __init__(self, connection: Connection, path: Path) -> None:
        self.connection = connection
        for statement in (TABLES, *(f"CREATE VIEW {n} AS {sql}" for n, sql in VIEWS.items())):
            connection.execute(statement.encode())
        self.source, self.path = Source(connection, ["members", "teams"]), path
        self.engine = DuckDBEngine.open(path, threads=1)
        self.engine.store.checks_nulls = True
        grouped = ViewDefinition("grouped", GROUPED, Path("v.sql"), 1)
        for name, sql in VIEWS.items():
            over = (grouped,) if "FROM grouped" in sql else ()
            self.engine.declare(
                ViewDefinition(name, sql, Path("v.sql"), 1, over),
                self.source.feed.schemas, key=KEYS.get(name), generation=1,
            )  # fmt: skip
        self.builds: dict[str, int] = {}

    def step(self, statements: str = "", *, is_told: bool = True) -> dict[str, int]:
        """One transaction to the next cut, where all must be right; the views' builds."""
        self.connection.execute(statements.encode())
        self.source.altered(is_told=is_told)
        applied = self.engine.apply(self.source.batch())
        assert not applied.failures
        self.check()
        return {name: view.generation for name, view in self.engine.views.items()}

    def check(self) -> None:
        for name in VIEWS:
            expected = postgres_rows(self.connection, f"SELECT * FROM {name}")
            assert not (said := difference(expected, engine_rows(self.engine, name))), (name, said)

    def reopen(self) -> None:
        self.engine.close()
        self.engine = DuckDBEngine.open(self.path, threads=1)
        self.engine.store.checks_nulls = True


@pytest.fixture
def pipeline(postgres_dsn: str, tmp_path: Path) -> Iterator[Pipeline]:
    with psycopg.connect(postgres_dsn, autocommit=True) as connection:
        made = Pipeline(connection, tmp_path / "state.duckdb")
        yield made
        made.engine.close()


def test_the_schema_comes_with_the_first_null(pipeline: Pipeline) -> None:
    pipeline.step()
    after = pipeline.step(DROPS + NULLS)
    assert min(after.values()) > 1  # every view reads some column that changed
    assert pipeline.step(LATER) == after
    assert pipeline.step(LAST) == after


def test_the_schema_comes_before_and_the_process_ends_between(pipeline: Pipeline) -> None:
    pipeline.step()
    after = pipeline.step(DROPS)
    pipeline.reopen()
    assert pipeline.step(NULLS) == after
    pipeline.reopen()
    assert pipeline.step(LATER) == after
    assert pipeline.step(LAST) == after


def test_rows_that_come_without_a_schema_say_it_themselves(pipeline: Pipeline) -> None:
    pipeline.step()
    after = pipeline.step(DROPS + NULLS, is_told=False)
    assert min(after.values()) > 1
    pipeline.step(LATER, is_told=False)
    pipeline.reopen()
    pipeline.step(LAST, is_told=False)


def test_not_null_that_comes_back_changes_no_plan(pipeline: Pipeline) -> None:
    pipeline.step()
    after = pipeline.step(DROPS + NULLS)
    pipeline.step("DELETE FROM members WHERE id > 3; DELETE FROM teams WHERE head IS NULL")
    sets = DROPS.replace("DROP NOT NULL", "SET NOT NULL")
    assert pipeline.step(sets) == after
    assert pipeline.step(DROPS + NULLS + LATER) == after


def test_a_first_load_in_parts_meets_the_change_halfway(pipeline: Pipeline) -> None:
    first = pipeline.source.batch()
    pipeline.engine.apply(replace(first, is_exact=False))
    assert pipeline.engine.cut is None
    assert set(pipeline.step(DROPS + NULLS).values()) == {1}  # none was shown yet
    pipeline.step(LATER)


def test_a_part_whose_schema_comes_later_is_not_believed(pipeline: Pipeline) -> None:
    pipeline.step()
    pipeline.connection.execute((DROPS + NULLS).encode())
    part = pipeline.source.batch()
    pipeline.engine.apply(replace(part, schemas={}, is_exact=False))
    pipeline.step()
    pipeline.step(LATER)


def test_a_sink_that_follows_sees_one_build_or_the_other(pipeline: Pipeline) -> None:
    pipeline.step()
    mirror = Mirror(pipeline.engine, "grouped")
    mirror.follow()
    version, before = mirror.version, mirror.engine.views["grouped"].generation
    pipeline.step(DROPS + NULLS)
    assert not pipeline.engine.has_since("grouped", version)  # so that it is filled anew
    assert pipeline.engine.views["grouped"].generation != before
    fresh = Mirror(pipeline.engine, "grouped")
    fresh.follow()
    pipeline.step(LATER)
    fresh.follow()
    expected = postgres_rows(pipeline.connection, "SELECT * FROM grouped")
    assert not difference(expected, fresh.counted())


@pytest.mark.parametrize("is_next", [False, True])
def test_a_view_built_from_rows_that_break_their_schema(pipeline: Pipeline, is_next: bool) -> None:
    """A constraint that is NOT VALID: the catalogue says NOT NULL of a column that holds one."""
    pipeline.step()
    pipeline.step(DROPS + NULLS)
    for table, schema in pipeline.engine.schemas.items():
        columns = tuple(replace(column, nullable=False) for column in schema.columns)
        pipeline.engine.schemas[table] = replace(schema, columns=columns)
    definition = ViewDefinition("grouped", GROUPED + " ", Path("v.sql"), 1)
    pipeline.engine.build(definition, key=None, generation=7, is_next=is_next)
    if is_next:
        pipeline.engine.promote("grouped")
    pipeline.check()
    pipeline.step(LATER)
