"""A role with exactly the rights of `check --print-sql` captures everything."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import psycopg
import pytest

from cdc.config import Secret
from cdc.sources.postgres.checks.rights import administrators_sql
from tests.capture.judged import capture, faults, refused
from tests.capture.published import settle
from tests.capture.running import RunningCapture

__all__ = ["capture"]

LONG = "(SELECT string_agg(md5(i::text), '') FROM generate_series(1, 400) AS i)"


@pytest.fixture
def least(capture: RunningCapture) -> Iterator[RunningCapture]:
    """A capture by a role that does not exist yet, of schema `shop`; PUBLIC has no rights."""
    role, database = f"r {capture.source.name}", capture.database.info.dbname
    capture.execute(f"REVOKE ALL ON DATABASE {database} FROM PUBLIC", "CREATE SCHEMA shop")
    dsn = str(capture.source.dsn).replace("postgres@", f"{role.replace(' ', '%20')}@", 1)
    capture.source = replace(capture.source, dsn=Secret(dsn), tables=("shop.*",))
    yield capture
    capture.execute(f'DROP OWNED BY "{role}"', f'DROP ROLE "{role}"')


def give_rights(capture: RunningCapture) -> str:
    """Run the printed SQL, as the administrator."""
    printed = administrators_sql(capture.source)
    capture.database.execute(printed.encode())
    return printed


def make_tables(capture: RunningCapture) -> None:
    capture.execute(
        'CREATE TABLE shop."Order Lines" (id int)',
        "CREATE TABLE shop.orders (id int PRIMARY KEY, body text, n int)",
        "CREATE TABLE shop.parts (id int PRIMARY KEY) PARTITION BY RANGE (id)",
        "CREATE TABLE shop.leaf PARTITION OF shop.parts FOR VALUES FROM (0) TO (10)",
        "CREATE TABLE shop.hidden (id int PRIMARY KEY)",
        "ALTER TABLE shop.hidden ENABLE ROW LEVEL SECURITY",
        f"INSERT INTO shop.orders VALUES (1, {LONG}, 0)",
        "INSERT INTO shop.parts VALUES (1)", "INSERT INTO shop.hidden VALUES (1)",
    )  # fmt: skip


def test_what_is_printed_is_enough(least: RunningCapture) -> None:
    make_tables(least)
    assert "does not exist" in faults(least, "shop.*")["source"].message
    assert "CREATE ROLE" in give_rights(least)
    give_rights(least)
    found = faults(least, "shop.*")
    assert found.keys() == {"table shop.Order Lines", "long values"}
    assert not any(check.is_fatal for check in found.values())
    give_rights(least)  # harmless when repeated
    with least.with_settings(tables=("shop.*",)):
        least.wait_until_following()
        least.execute("UPDATE shop.orders SET n = 1", "INSERT INTO shop.parts VALUES (2)")
        least.catch_up()
        (row,) = least.rows_of("shop.orders").values()
        assert row["n"] == 1 and row["body"]
        least.execute("ALTER TABLE shop.orders ADD extra int DEFAULT 7")
        least.execute("UPDATE shop.orders SET n = 2")
        settle(least)
        (row,) = least.rows_of("shop.orders").values()
        assert (row["n"], row["extra"]) == (2, 7)
        least.execute("TRUNCATE shop.parts", "INSERT INTO shop.parts VALUES (3)")
        least.catch_up()
        assert list(least.rows_of("shop.parts")) == ['{"id":3}']
    assert list(least.rows_of("shop.hidden")) == ['{"id":1}']
    least.execute("CREATE TABLE shop.later (id int PRIMARY KEY)",
                  "INSERT INTO shop.later VALUES (1)")  # fmt: skip
    assert "shop.later" in faults(least, "shop.*")["table shop.later"].message
    assert "ADD TABLE" in give_rights(least)
    with least:
        least.wait_for(lambda: "shop.later" in least.schemas())
        least.execute("INSERT INTO shop.later VALUES (2)")
        settle(least)
    assert len(least.rows_of("shop.later")) == 2


def test_rights_that_are_missing_are_named_one_by_one(least: RunningCapture) -> None:
    least.execute("CREATE TABLE shop.orders (id int PRIMARY KEY)")
    give_rights(least)
    role = f'"r {least.source.name}"'
    assert faults(least, "shop.*")["table shop.orders"].fix == (
        f"GRANT USAGE ON SCHEMA shop TO {role}"
    )
    least.execute(f"GRANT USAGE ON SCHEMA shop TO {role}")
    error = refused(least, "shop.orders")
    assert error.fix == f"GRANT SELECT ON shop.orders TO {role}"
    least.execute(error.fix)
    found = faults(least, "shop.orders")["publication"]
    assert found.fix == "have an administrator run what `rederive check --print-sql` prints"
    least.execute(f"GRANT CREATE ON DATABASE {least.database.info.dbname} TO {role}")
    found = faults(least, "shop.orders")["publication"]
    assert "only their owner can publish shop.orders" in found.message
    least.execute(f"ALTER TABLE shop.orders OWNER TO {role}")
    assert not faults(least, "shop.orders")
    with least.with_settings(tables=("shop.orders",)):
        least.wait_until_following()
    least.execute("CREATE TABLE shop.more (id int PRIMARY KEY)",
                  f"GRANT SELECT ON shop.more TO {role}")  # fmt: skip
    found = faults(least, "shop.*")["publication"]
    assert "lacks shop.more, and cannot get it from this user" in found.message
    least.execute(found.fix.removeprefix("as the owner: "))
    assert not faults(least, "shop.*")
    least.execute(f"DROP PUBLICATION {least.source.publication_name}")


POLLING = (
    "SELECT count(*) > 0 FROM pg_stat_activity WHERE datname = current_database()"
    " AND query LIKE '%virtualtransaction%' AND pid <> pg_backend_pid()"
)


@pytest.mark.parametrize("table", ["later", "later_leaf"])
def test_a_table_added_by_hand_while_it_is_written_to(least: RunningCapture, table: str) -> None:
    """The writer's rows from before are not sent, and not visible before its commit."""
    least.execute("CREATE TABLE shop.orders (id int PRIMARY KEY)")
    give_rights(least)
    give_rights(least)
    with least:
        least.wait_until_following()
    least.execute("CREATE TABLE shop.later (id int PRIMARY KEY) PARTITION BY RANGE (id)",
                  "CREATE TABLE shop.later_leaf PARTITION OF shop.later FOR VALUES FROM (0) TO (9)",
                  f'GRANT SELECT ON shop.later TO "r {least.source.name}"')  # fmt: skip
    administrator = str(least.source.dsn).partition("//")[2].partition("@")[2]
    with psycopg.connect(f"postgresql://postgres@{administrator}") as writer:
        writer.execute(f"INSERT INTO shop.{table} VALUES (1)".encode())
        name = least.source.publication_name
        least.execute(f"ALTER PUBLICATION {name} ADD TABLE shop.later")
        with least:
            least.wait_for(lambda: least.one(POLLING))
            writer.execute(f"INSERT INTO shop.{table} VALUES (2)".encode())
            writer.commit()
            least.wait_until_following()
            least.execute("INSERT INTO shop.later VALUES (3)")
            least.catch_up()
    assert set(least.rows_of("shop.later")) == {'{"id":1}', '{"id":2}', '{"id":3}'}


TAKEN_AWAY = {
    "policy": ("ALTER TABLE shop.orders ENABLE ROW LEVEL SECURITY", "has row security"),
    "select": ("REVOKE SELECT ON shop.orders FROM {role}", "may not be read by this user"),
    "usage": ("REVOKE USAGE ON SCHEMA shop FROM {role}", "lies in schema shop"),
}


@pytest.mark.parametrize("taken", TAKEN_AWAY)
def test_a_right_taken_away_in_mid_run(
    least: RunningCapture, taken: str, caplog: pytest.LogCaptureFixture
) -> None:
    """That table is left out, with the reason, and the others go on; no row is hidden."""
    least.execute("CREATE TABLE shop.orders (id int PRIMARY KEY, n int)",
                  "CREATE TABLE shop.other (id int PRIMARY KEY)",
                  "INSERT INTO shop.orders VALUES (1, 1), (2, 2)")  # fmt: skip
    give_rights(least)
    give_rights(least)
    role, (statement, words) = f'"r {least.source.name}"', TAKEN_AWAY[taken]
    with least:
        least.wait_until_following()
        least.execute(statement.format(role=role),
                      "ALTER TABLE shop.orders ADD extra int DEFAULT 7",
                      "UPDATE shop.orders SET n = 3 WHERE id = 1")  # fmt: skip
        least.wait_for(lambda: "shop.orders" not in least.schemas())
        assert words in caplog.text
        least.execute("INSERT INTO shop.other VALUES (1)")
        settle(least)
        give_rights(least)
        least.wait_for(lambda: "shop.orders" in least.schemas())
        settle(least)
    assert len(least.rows_of("shop.other")) == 1
    rows = least.rows_of("shop.orders").values()
    assert {row["id"]: (row["n"], row["extra"]) for row in rows} == {1: (3, 7), 2: (2, 7)}


def test_what_is_printed_can_be_read_by_psql_alone(capture: RunningCapture) -> None:
    """Every line is SQL or a comment, whatever characters the names have."""
    capture.execute('CREATE TABLE "semi;colon" (id int PRIMARY KEY)',
                    'CREATE TABLE t (id int PRIMARY KEY)',
                    'CREATE TABLE "new\nline" (id int)')  # fmt: skip
    printed = administrators_sql(capture.source)
    comments = [line for line in printed.splitlines() if line.startswith("--")]
    assert any("public.new line" in line for line in comments)
    with psycopg.connect(str(capture.source.dsn)) as connection:
        connection.execute(printed.encode())
    capture.execute(f"DROP PUBLICATION {capture.source.publication_name}")
