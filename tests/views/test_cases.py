"""The cases in `cases/*.sql`: after every cut the engine's rows are PostgreSQL's and the file's."""

from pathlib import Path

import psycopg
import pytest

from materializers.engines.duckdb.engine import DuckDBEngine
from materializers.engines.plan_lines import lines_of
from rederive.demo.postgres_select import postgres_select
from tests.views.answers import Mirror, difference, engine_rows, postgres_rows, recomputed_rows
from tests.views.case_file import Case, read_case
from tests.views.row_view import RowTables, RowView
from tests.views.source import Connection, Source
from tests.views.wide_texts import postgres_texts, wide_texts

FILES = sorted((Path(__file__).parent / "cases").glob("*.sql"))
_TEXTS_TELL = ("bare_numerics", "numeric_functions", "wide_numerics", "wide_nested", "wide_sums",
               "wide_windows")  # fmt: skip
"""Cases in which wide numerics show what PostgreSQL shows, zeros at their ends included."""
_RANK = {"delta": 0, "touched groups": 1, "full": 2}


def _shown(connection: Connection, select: str) -> list[tuple[str, ...]]:
    cursor = connection.execute(f"SELECT * FROM ({select}) q LIMIT 0")
    names = [column.name for column in cursor.description or ()]
    texts = ", ".join(f'"{name}"::text' for name in names)
    found = connection.execute(f"SELECT {texts} FROM ({select}) q").fetchall()
    return sorted(tuple(map(_line, row)) for row in found)


def _line(value: str | None) -> str:
    """A value as it stands in a case file."""
    return "null" if value is None else value.replace("\n", "\\n").strip()


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_case(file: Path, postgres_dsn: str, tmp_path: Path) -> None:
    case = read_case(file)
    with psycopg.connect(postgres_dsn, autocommit=True) as connection:
        connection.execute(case.setup)
        source = Source(connection, case.tables)
        engine = DuckDBEngine.open(tmp_path / "state.duckdb", threads=1)
        engine.store.checks_nulls = True
        try:
            schemas = source.feed.schemas
            engine.declare(case.definition, schemas, key=case.key, generation=1)
            _check_kept(engine, case)
            _check_cuts(engine, case, source)
        finally:
            engine.close()


def _check_kept(engine: DuckDBEngine, case: Case) -> None:
    kept = {operator.upkeep for operator in engine.views[case.definition.name].plan.operators()}
    lines = lines_of(engine.explain(case.definition.name))
    assert max(kept, key=_RANK.__getitem__) == case.kept, "\n".join(lines)
    assert not (wide := [line for line in lines[1:] if len(line) > 100]), wide


def _check_cuts(engine: DuckDBEngine, case: Case, source: Source) -> None:
    mirror = Mirror(engine, case.definition.name)
    tables = RowTables(source)
    select = postgres_select(case.definition)
    view = RowView(case.definition, source.feed.schemas, case.key)
    for number, cut in enumerate(case.cuts, 1):
        where = f"{case.file.name}, cut {number}"
        with source.connection.transaction():
            source.connection.execute(cut.statements)
        is_altered = "ALTER " in cut.statements
        if is_altered:
            source.altered()
        applied = engine.apply(source.batch())
        assert not applied.failures, f"{where}: {applied.failures}"
        is_anew = engine.views[case.definition.name].generation != mirror.generation
        if is_altered or is_anew:  # planned anew, it has no steps behind the last cut
            mirror = Mirror(engine, case.definition.name)
        if is_altered:
            view = RowView(case.definition, source.feed.schemas, case.key)
        expected = postgres_rows(source.connection, select)
        found = engine_rows(engine, case.definition.name)
        assert not (d := difference(expected, found)), f"{where}: PostgreSQL: {d}"
        if case.file.stem in _TEXTS_TELL:
            texts = wide_texts(engine, case.definition.name)
            expected = postgres_texts(source.connection, select, texts.columns)
            assert not (d := difference(expected, texts.rows)), f"{where}: texts: {d}"
        again = recomputed_rows(engine, case.definition.name)
        assert not (d := difference(again, found)), f"{where}: recomputed: {d}"
        mirror.follow()
        assert not (d := difference(found, mirror.counted())), f"{where}: steps: {d}"
        assert not (d := view.differs(source.connection, tables.read())), f"{where}: {d}"
        assert _shown(source.connection, select) == sorted(cut.rows), where
