"""The catalogue's mark changes with every change that matters, and with no other."""

from __future__ import annotations

import psycopg

from cdc.sources.postgres.catalogue.look import mark

CHANGES = (
    "ALTER TABLE t RENAME a TO z",
    "ALTER TABLE t RENAME z TO a",
    "ALTER TABLE t ALTER a TYPE varchar(30)",
    "ALTER TABLE t ALTER a SET NOT NULL",
    "ALTER TABLE t DROP COLUMN b",
    "ALTER TABLE t REPLICA IDENTITY FULL",
    "ALTER INDEX t_pkey RENAME TO u_pkey",
    "TRUNCATE t",
    "CREATE TABLE u (id int)",
    "DROP TABLE u",
    "CREATE TYPE e AS ENUM ('a')",
    "ALTER TYPE e RENAME VALUE 'a' TO 'b'",
    "CREATE PUBLICATION p FOR TABLE t",
    "ALTER PUBLICATION p DROP TABLE t",
    "ALTER SCHEMA public RENAME TO q",
    "ALTER SCHEMA q RENAME TO public",
)


def test_the_mark_differs_after_a_change_alone(postgres_dsn: str) -> None:
    check_mark(postgres_dsn)


def test_the_mark_of_an_older_server(older_postgres_dsn: str) -> None:
    check_mark(older_postgres_dsn)


def check_mark(dsn: str) -> None:
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("CREATE TABLE t (id int PRIMARY KEY, a varchar(20), b int)")
        row = connection.execute("SELECT 't'::regclass::oid::int8").fetchone()
        assert row is not None
        seen, _ = mark(connection, row)
        for change in CHANGES:
            connection.execute(change.encode())
            after, _ = mark(connection, row)
            assert after != seen, change
            for _ in range(3):
                connection.execute("SELECT pg_current_xact_id()")
            seen, _ = mark(connection, row)
            assert seen == after, change
