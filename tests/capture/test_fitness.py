"""Each kind of relation of PostgreSQL is captured, refused with its fix, or left out."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace

from cdc.config import Secret
from cdc.preflight import preflight
from cdc.sources.postgres.catalogue.look import one_snapshot
from cdc.sources.postgres.connection import connect
from cdc.sources.postgres.fitness.fitness import fitness
from tests.capture.judged import faults, refused
from tests.capture.running import RunningCapture

FOREIGN = (
    "CREATE EXTENSION file_fdw",
    "CREATE SERVER files FOREIGN DATA WRAPPER file_fdw",
)


KINDS = {
    "a_view": ("CREATE VIEW a_view AS SELECT 1 AS id", "is a view"),
    "made": ("CREATE MATERIALIZED VIEW made AS SELECT 1 AS id", "is a materialized view"),
    "counted": ("CREATE SEQUENCE counted", "is a sequence"),
    "far": ("CREATE FOREIGN TABLE far (id int) SERVER files OPTIONS (filename '/dev/null')",
            "is a foreign table"),
    "leaf": ("CREATE TABLE leaf PARTITION OF parts FOR VALUES FROM (0) TO (10)",
             "is a partition of public.parts, which is captured as one table"),
}  # fmt: skip


def test_what_is_no_table_is_named_by_its_kind(capture: RunningCapture) -> None:
    capture.execute(*FOREIGN, "CREATE TABLE t (id int PRIMARY KEY)",
                    "CREATE TABLE parts (id int PRIMARY KEY) PARTITION BY RANGE (id)",
                    *(made for made, _ in KINDS.values()))  # fmt: skip
    for name, (_, words) in KINDS.items():
        error = refused(capture, "public.t", f"public.{name}")
        assert error.message.startswith(f"Public.{name} {words}"), error
        assert error.fix
    assert not faults(capture)
    (left_out,) = [
        check for check in preflight(capture.with_settings(tables=("public.*",)).source,
                                     capture.kafka) if check.name == "left out"
    ]  # fmt: skip
    for name in ("a_view", "made", "counted", "far"):
        assert f"public.{name}" in left_out.message
    assert "1 partitions" in left_out.message
    with capture:
        capture.wait_until_following()
    assert set(capture.schemas()) == {"public.t", "public.parts"}


def test_system_and_temporary_tables(capture: RunningCapture) -> None:
    capture.execute("CREATE TABLE t (id int PRIMARY KEY)", "CREATE TEMP TABLE passing (id int)")
    schema = capture.one("SELECT pg_my_temp_schema()::regnamespace::text")
    assert "is of the system" in refused(capture, "public.t", "pg_catalog.pg_class").message
    assert "is temporary" in refused(capture, "public.t", f"{schema}.passing").message
    assert not faults(capture, "*.t")


def test_ordinary_typed_and_partitioned_tables_are_captured(capture: RunningCapture) -> None:
    capture.execute(
        "CREATE TYPE pair AS (id int, n int)",
        "CREATE TABLE typed OF pair (PRIMARY KEY (id))",
        "CREATE TABLE parts (id int PRIMARY KEY, n int) PARTITION BY RANGE (id)",
        "CREATE TABLE low PARTITION OF parts FOR VALUES FROM (0) TO (10) PARTITION BY LIST (id)",
        "CREATE TABLE low_1 PARTITION OF low FOR VALUES IN (1)",
        "CREATE TABLE high PARTITION OF parts FOR VALUES FROM (10) TO (20)",
        "INSERT INTO typed VALUES (1, 1)", "INSERT INTO parts VALUES (1, 1), (11, 1)",
    )  # fmt: skip
    assert not faults(capture)
    with capture:
        capture.wait_until_following()
        capture.execute("UPDATE typed SET n = 2", "UPDATE parts SET n = 2")
        capture.catch_up()
    assert list(capture.rows("typed").values()) == [{"id": 1, "n": 2}]
    assert {row["id"]: row["n"] for row in capture.rows("parts").values()} == {1: 2, 11: 2}


def test_unlogged_tables_and_partitions(capture: RunningCapture) -> None:
    capture.execute(
        "CREATE TABLE t (id int PRIMARY KEY)",
        "CREATE UNLOGGED TABLE quick (id int PRIMARY KEY)",
        "CREATE TABLE parts (id int PRIMARY KEY) PARTITION BY RANGE (id)",
        "CREATE UNLOGGED TABLE leaf PARTITION OF parts FOR VALUES FROM (0) TO (10)",
    )
    found = faults(capture)
    assert found.keys() == {"table public.quick", "table public.parts"}
    assert not any(check.is_fatal for check in found.values())
    assert found["table public.quick"].fix == "ALTER TABLE public.quick SET LOGGED"
    assert found["table public.parts"].fix == "ALTER TABLE public.leaf SET LOGGED"
    assert "is unlogged" in refused(capture, "public.quick").message
    assert "unlogged partition public.leaf" in refused(capture, "public.parts").message
    capture.execute(*(check.fix for check in found.values()))
    assert not faults(capture)


def test_a_foreign_partition(capture: RunningCapture) -> None:
    capture.execute(
        *FOREIGN,
        "CREATE TABLE t (id int PRIMARY KEY)",
        "CREATE TABLE parts (id int NOT NULL) PARTITION BY RANGE (id)",
        "CREATE TABLE leaf PARTITION OF parts FOR VALUES FROM (0) TO (10)",
        "CREATE FOREIGN TABLE away PARTITION OF parts FOR VALUES FROM (10) TO (20) SERVER files"
        " OPTIONS (filename '/dev/null')",
    )
    found = faults(capture)["table public.parts"]
    assert not found.is_fatal
    assert "foreign partition public.away" in found.message
    assert "foreign partition" in refused(capture, "public.parts").message
    capture.execute(found.fix.partition(",")[0])
    assert "no primary key" in faults(capture)["table public.parts"].message


def test_inheritance(capture: RunningCapture) -> None:
    """The copy and the log have each table's own rows; a child without a key is not published."""
    capture.execute(
        "CREATE TABLE parent (id int PRIMARY KEY, n int)",
        "CREATE TABLE kid (extra int) INHERITS (parent)",
        "CREATE TABLE heir (PRIMARY KEY (id)) INHERITS (parent)",
        "INSERT INTO parent VALUES (1, 1)", "INSERT INTO kid VALUES (1, 7, 7)",
        "INSERT INTO heir VALUES (1, 3)",
    )  # fmt: skip
    found = faults(capture)
    assert "has no primary key" in found["table public.kid"].message
    assert "public.heir, public.kid" in found["table public.parent"].message
    assert not any(check.is_fatal for check in found.values())
    with capture:
        capture.wait_until_following()
        capture.execute("INSERT INTO parent VALUES (2, 2)", "INSERT INTO heir VALUES (2, 4)")
        capture.catch_up()
    assert {row["id"]: row["n"] for row in capture.rows("parent").values()} == {1: 1, 2: 2}
    assert {row["id"]: row["n"] for row in capture.rows("heir").values()} == {1: 3, 2: 4}
    assert "public.kid" not in capture.schemas()


def test_a_partition_whose_table_nobody_names(capture: RunningCapture) -> None:
    capture.execute(
        "CREATE SCHEMA archive",
        "CREATE TABLE parts (id int PRIMARY KEY) PARTITION BY RANGE (id)",
        "CREATE TABLE archive.leaf PARTITION OF parts FOR VALUES FROM (0) TO (10)",
        "CREATE TABLE archive.t (id int PRIMARY KEY)",
    )
    found = faults(capture, "archive.*")
    assert found.keys() == {"table archive.leaf"}
    assert found["table archive.leaf"].fix == "name public.parts instead"


def test_row_security(capture: RunningCapture) -> None:
    capture.execute(
        "CREATE TABLE t (id int PRIMARY KEY)", "INSERT INTO t VALUES (1), (2)",
        "CREATE TABLE open (id int PRIMARY KEY)",
        "ALTER TABLE t ENABLE ROW LEVEL SECURITY", "CREATE POLICY few ON t USING (id = 1)",
    )  # fmt: skip
    role = f"u_{capture.source.name}"
    capture.execute(f"CREATE ROLE {role} LOGIN REPLICATION",
                    f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}",
                    f"GRANT CREATE ON DATABASE {capture.database.info.dbname} TO {role}",
                    f"ALTER TABLE open OWNER TO {role}")  # fmt: skip
    try:
        asking = replace(capture.source, dsn=Secret(
            str(capture.source.dsn).replace("postgres@", f"{role}@", 1)))  # fmt: skip
        capture.source = asking
        found = faults(capture)
        assert found.keys() == {"table public.t"} and not found["table public.t"].is_fatal
        assert f"hides rows from user {role}" in found["table public.t"].message
        error = refused(capture, "public.t")
        assert error.fix == f'ALTER ROLE "{role}" BYPASSRLS, as a superuser'
        capture.execute(f"ALTER TABLE t OWNER TO {role}")
        assert not faults(capture)
        capture.execute("ALTER TABLE t FORCE ROW LEVEL SECURITY")
        error = refused(capture, "public.t")
        assert error.fix == "ALTER TABLE public.t NO FORCE ROW LEVEL SECURITY"
        capture.execute(error.fix, f"ALTER TABLE t OWNER TO {role}")
        with capture:
            capture.wait_until_following()
        assert len(capture.rows("t")) == 2
    finally:
        capture.execute("DROP PUBLICATION IF EXISTS " + capture.source.publication_name,
                        f"REASSIGN OWNED BY {role} TO postgres",
                        f"DROP OWNED BY {role}", f"DROP ROLE {role}")  # fmt: skip


def test_patterns_that_name_nothing(capture: RunningCapture) -> None:
    capture.execute("CREATE TABLE orders (id int PRIMARY KEY)", "CREATE VIEW shown AS SELECT 1")
    found = faults(capture, "public.orders", "Public.Orders", "orders", "public.shown*", "no.*")
    assert found["table Public.Orders"].fix == "correct it; there is public.orders"
    assert found["table orders"].fix == "correct it; there is public.orders"
    assert found["table public.shown*"].message == (
        "pattern public.shown* matches no table: public.shown is a view"
    )
    assert "does not exist" in found["table no.*"].message


def test_all_is_of_one_moment(capture: RunningCapture) -> None:
    """A concurrent change makes no table unfit that was fit before and after it."""
    capture.execute(
        "CREATE TABLE t (id int, v int, PRIMARY KEY (id, v)) PARTITION BY LIST (v)",
        "CREATE TABLE t_1 PARTITION OF t FOR VALUES IN (1)", "CREATE TABLE u (id int PRIMARY KEY)",
    )  # fmt: skip
    with closing(connect(capture.source)) as connection, one_snapshot(connection):
        connection.execute("SELECT 1 FROM pg_class LIMIT 1")
        capture.execute("DROP TABLE t_1", "DROP TABLE u", "CREATE TABLE u (id int)")
        found = fitness(capture.source, connection, ["public.t", "public.u"])
    assert not found.refused and not found.left_out
    assert [table.name for table in found.captured] == ["public.t", "public.u"]
