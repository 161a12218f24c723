"""What PostgreSQL's grammar refuses is refused with its place, and what it takes is taken, whatever
case its keywords are in.

`syntax/refused.sql` and `syntax/accepted.sql` hold one statement a line; PostgreSQL itself says
here that each stands in the right file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from cdc.contract.schemas import TableSchema
from materializers.engines.duckdb.plan import Planning, make_plan
from materializers.errors import ViewError
from materializers.sql.catalogue import BUILT_IN
from materializers.view import ViewDefinition
from tests.views.case_file import Case, read_case
from tests.views.recased import recased
from tests.views.source import Connection, Source

FOLDER = Path(__file__).parent
TABLES = """
CREATE TABLE t (id int PRIMARY KEY, a int, b int, n numeric, x text, d date, ts timestamp,
                tz timestamptz, arr int[], j jsonb, f boolean, iv interval, "FROM" int);
CREATE TABLE u (id int PRIMARY KEY, a int, c int, x text);
CREATE TABLE s (id int PRIMARY KEY, a int, b int)
"""
_PLACELESS = ("() is supported for JSON", "a SELECT without columns")


def statements(name: str) -> list[str]:
    return (FOLDER / "syntax" / name).read_text().splitlines()


@pytest.fixture
def connection(postgres_dsn: str) -> Iterator[Connection]:
    with psycopg.connect(postgres_dsn, autocommit=True) as opened:
        opened.execute(TABLES)
        yield opened


def schemas(connection: Connection) -> Mapping[str, TableSchema]:
    return Source(connection, ["t", "u", "s"]).feed.schemas


def refusal(sql: str, tables: Mapping[str, TableSchema]) -> ViewError | None:
    definition = ViewDefinition("v", sql, Path("v.sql"), 1)
    try:
        make_plan(definition, tables, ("id",), Planning(BUILT_IN))
    except ViewError as error:
        # a statement without a column of that name is taken as well
        return None if error.message.endswith("which the view does not have.") else error
    return None


def test_what_postgresql_cannot_parse_is_refused_with_its_place(connection: Connection) -> None:
    tables = schemas(connection)
    for sql in statements("refused.sql"):
        with pytest.raises(psycopg.Error) as theirs:
            connection.execute(f"EXPLAIN {sql}".encode())
        assert theirs.value.sqlstate in ("42601", "42704", "0A000"), (sql, theirs.value)
        ours = refusal(sql, tables)
        assert ours is not None, f"taken: {sql}"
        assert ours.excerpt or any(text in ours.message for text in _PLACELESS), (sql, ours)


def test_what_postgresql_takes_is_taken(connection: Connection) -> None:
    tables = schemas(connection)
    for sql in statements("accepted.sql"):
        connection.execute(f"EXPLAIN {sql}".encode())
        assert (error := refusal(sql, tables)) is None, (sql, error)


def shape(
    case: Case, tables: Mapping[str, TableSchema], change: Callable[[str], str]
) -> list[tuple[str, str]]:
    """How a case is kept when its words are changed."""
    over = tuple(replace(v, sql=recased(v.sql, change)) for v in case.definition.over)
    sql = recased(case.definition.sql, change)
    plan = make_plan(
        replace(case.definition, sql=sql, over=over), tables, case.key, Planning(BUILT_IN)
    )
    return [(operator.upkeep, operator.describe()) for operator in plan.operators()]


def test_keywords_mean_the_same_in_any_case(postgres_dsn: str) -> None:
    with psycopg.connect(postgres_dsn, autocommit=True) as connection:
        for file in sorted((FOLDER / "cases").glob("*.sql")):
            case = read_case(file)
            connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
            connection.execute(case.setup)
            tables = Source(connection, case.tables).feed.schemas
            expected = shape(case, tables, str)
            for change in (str.lower, str.upper, str.title):
                assert shape(case, tables, change) == expected, (file.stem, change)
