"""Names as odd as PostgreSQL allows: captured, or refused before anything is created."""

from __future__ import annotations

from confluent_kafka.admin import AdminClient, NewTopic  # type: ignore[attr-defined]
from psycopg import sql

from tests.capture.judged import capture, faults, refused
from tests.capture.published import settle
from tests.capture.running import RunningCapture

__all__ = ["capture"]

COLUMNS = (
    "Id", "id", "ID", 'with "quotes" inside', "two words", "naïve ключ", "a.b", "semi;colon",
    "rowid", "select", "percent%s {brace}", "back\\slash", "x" * 63, "é" * 31, "new\nline", "'",
)  # fmt: skip
LONG = "(SELECT string_agg(md5(i::text), '') FROM generate_series(1, 400) AS i)"


def test_columns_of_any_name(capture: RunningCapture) -> None:
    names = [sql.Identifier(name) for name in COLUMNS]
    columns = sql.SQL(", ").join(sql.SQL("{} text NOT NULL").format(name) for name in names)
    key = sql.SQL(", ").join(names[:4])
    capture.database.execute(
        sql.SQL("CREATE TABLE odd ({}, body text, n int, PRIMARY KEY ({}))").format(columns, key)
    )
    values = sql.SQL(", ").join(sql.Literal(f"v{place}") for place in range(len(COLUMNS)))
    insert = sql.SQL("INSERT INTO odd VALUES ({}, {}, 0)")
    capture.database.execute(insert.format(values, sql.SQL(LONG)))
    with capture:
        capture.wait_until_following()
        capture.execute("UPDATE odd SET n = 1")
        capture.catch_up()
        (row,) = capture.rows("odd").values()
    assert row.pop("body") and row.pop("n") == 1
    assert row == {name: f"v{place}" for place, name in enumerate(COLUMNS)}


def test_tables_whose_names_kafka_takes(capture: RunningCapture) -> None:
    tables = (
        "Orders",
        "orders",
        "ORDERS",
        "a-b",
        "x" * 63,
        "select",
        "a.b",
        "cuts",
        "schemas",
        "1",
    )
    for name in tables:
        made = sql.SQL("CREATE TABLE {} (id int PRIMARY KEY, body text, n int)")
        capture.database.execute(made.format(sql.Identifier(name)))
        insert = sql.SQL("INSERT INTO {} VALUES (1, {}, 0)")
        capture.database.execute(insert.format(sql.Identifier(name), sql.SQL(LONG)))
    assert faults(capture).keys() == {"long values"}
    with capture:
        capture.wait_until_following()
        for name in tables:
            capture.database.execute(sql.SQL("UPDATE {} SET n = 1").format(sql.Identifier(name)))
        capture.execute('ALTER TABLE "a.b" ADD extra int DEFAULT 5', 'UPDATE "a.b" SET n = 2')
        settle(capture)
        for name in tables:
            (row,) = capture.rows_of(f"public.{name}").values()
            assert row["n"] == (2 if name == "a.b" else 1) and row["body"]
    assert capture.rows_of("public.a.b")['{"id":1}']["extra"] == 5


def test_tables_whose_names_kafka_refuses(capture: RunningCapture) -> None:
    tables = ("two words", 'q"uote', "naïve", "per%cent")
    for name in tables:
        made = sql.SQL("CREATE TABLE {} (id int PRIMARY KEY)").format(sql.Identifier(name))
        capture.database.execute(made)
        error = refused(capture, f"public.{name}")
        assert error.message.startswith(f"Table public.{name} cannot name a topic")
    capture.execute("CREATE TABLE t (id int PRIMARY KEY)")
    found = faults(capture)
    assert found.keys() == {f"table public.{name}" for name in tables}
    assert not any(check.is_fatal for check in found.values())


def test_a_schema_with_a_dot(capture: RunningCapture) -> None:
    """`public.west.t` would be ambiguous."""
    capture.execute(
        'CREATE SCHEMA "public.west"', 'CREATE TABLE "public.west".t (id int PRIMARY KEY)',
        'CREATE TABLE "west.t" (id int PRIMARY KEY)', "CREATE TABLE t (id int PRIMARY KEY)",
        'INSERT INTO "public.west".t VALUES (1)', 'INSERT INTO "west.t" VALUES (2)',
    )  # fmt: skip
    found = faults(capture)
    assert found.keys() == {"table public.west.t"}
    assert "shares its name with a table of another schema" in found["table public.west.t"].message
    capture.execute('DROP TABLE "west.t"')
    found = faults(capture)
    assert "lies in schema public.west: with the dot in it" in found["table public.west.t"].message
    with capture:
        capture.wait_until_following()
    assert capture.schemas().keys() == {"public.t"}
    capture.execute('CREATE SCHEMA "eu.west"', 'CREATE TABLE "eu.west".u (id int PRIMARY KEY)')
    assert faults(capture, "eu.west.u")["table eu.west.u"].is_fatal


def test_names_that_kafka_does_not_tell_apart(capture: RunningCapture) -> None:
    capture.execute(
        "CREATE SCHEMA sales", "CREATE SCHEMA sales_eu", "CREATE TABLE t (id int PRIMARY KEY)",
        "CREATE TABLE sales.eu_orders (id int PRIMARY KEY)",
        "CREATE TABLE sales_eu.orders (id int PRIMARY KEY)",
    )  # fmt: skip
    error = refused(capture, "sales.eu_orders", "sales_eu.orders")
    name = capture.source.name
    assert error.message == (
        f"Table sales_eu.orders needs topic {name}.sales_eu.orders, which Kafka does not tell from "
        f"{name}.sales.eu_orders: to its metrics . and _ are the same."
    )
    assert not faults(capture, "sales*.*")["table sales_eu.orders"].is_fatal
    with capture.with_settings(tables=("sales_eu.*",)):
        capture.wait_until_following()
    # The captured one owns its topic.
    assert faults(capture, "sales*.*").keys() == {"table sales.eu_orders"}


def test_a_topic_of_somebody_else(capture: RunningCapture) -> None:
    capture.execute("CREATE TABLE t (id int PRIMARY KEY)")
    name = capture.source.name
    admin = AdminClient({"bootstrap.servers": capture.kafka.address})
    for future in admin.create_topics([NewTopic(f"{name}_public.t", 1)]).values():
        future.result(15)
    found = faults(capture)[f"topic {name}.public.t"]
    assert found.is_fatal and f"{name}_public.t" in found.message


def test_as_many_columns_as_there_can_be(capture: RunningCapture) -> None:
    columns = ", ".join(f"c{number} int" for number in range(1599))
    capture.execute(f"CREATE TABLE wide (id int PRIMARY KEY, {columns})",
                    "INSERT INTO wide (id, c0) VALUES (1, 1)")  # fmt: skip
    with capture:
        capture.wait_until_following()
        capture.execute("INSERT INTO wide (id, c1598) VALUES (2, 2)",
                        "UPDATE wide SET c1 = 3 WHERE id = 1")  # fmt: skip
        capture.catch_up()
        rows = capture.rows("wide")
    assert len(rows['{"id":1}']) == 1600
    assert (rows['{"id":1}']["c0"], rows['{"id":1}']["c1"]) == (1, 3)
    assert rows['{"id":2}']["c1598"] == 2
