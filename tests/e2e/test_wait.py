"""`rederive wait` returns soon, whatever else the server is busy with."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from cdc.config import Secret, Source
from rederive.source_now import current_position
from tests.commands import rederive
from tests.e2e.small import running, write_small

SOON_S = 5.0
"""Far above what it takes, far below the 10 to 30 s after which the server speaks up by itself."""
WAITS = 5


@contextmanager
def busy_neighbour(server: str, name: str) -> Iterator[None]:
    """Another database of the cluster that writes to the log without a pause."""
    stopping, table = threading.Event(), sql.Identifier(name)
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE TABLE {} (n int, text text)").format(table))

        def write() -> None:
            insert = sql.SQL(
                "INSERT INTO {} SELECT i, repeat('x', 100) FROM generate_series(1, 50) i"
            )
            while not stopping.wait(0.002):
                connection.execute(insert.format(table))

        thread = threading.Thread(target=write)
        thread.start()
        try:
            yield
        finally:
            stopping.set()
            thread.join()
            connection.execute(sql.SQL("DROP TABLE {}").format(table))


@pytest.mark.timeout(400)
def test_a_busy_database_beside_it_does_not_delay_it(
    tmp_path: Path,
    topic_prefix: str,
    postgres_dsn: str,
    postgres_server: str,
    kafka_bootstrap: str,
) -> None:
    small = write_small(tmp_path / "small", topic_prefix, postgres_dsn, kafka_bootstrap)
    with running(small), busy_neighbour(postgres_server, f"busy_{topic_prefix}"):
        for number in range(WAITS):
            small.execute(f"update items set n = {1000 + number} where id = 7")
            began = time.monotonic()
            ended = rederive(small.folder, "wait", "--view", "shown", "--timeout", "60")
            took_s = time.monotonic() - began
            assert ended.returncode == 0, ended.stderr
            assert small.execute("select n from shown where id = 7") == [(1000 + number,)]
            assert took_s < SOON_S, f"wait took {took_s:.1f} s"


def test_a_source_that_takes_no_message_still_tells_its_position(postgres_dsn: str) -> None:
    role = f"reader_{postgres_dsn.rpartition('/')[2]}"
    with psycopg.connect(postgres_dsn, autocommit=True) as connection:
        function = "pg_logical_emit_message(boolean, text, text, boolean)"
        connection.execute(f"REVOKE EXECUTE ON FUNCTION {function} FROM PUBLIC".encode())
        connection.execute(f"CREATE ROLE {role} LOGIN PASSWORD 'p'".encode())
        try:
            dsn = psycopg.conninfo.make_conninfo(postgres_dsn, user=role, password="p")
            source = Source("shop", Secret(dsn), ("public.*",))
            before = connection.execute("SELECT pg_current_wal_insert_lsn()::text").fetchone()
            position = current_position(source)
            after = connection.execute(
                "SELECT pg_current_wal_insert_lsn() >= %s::pg_lsn", [str(position)]
            ).fetchone()
            assert before is not None and after == (True,)
        finally:
            connection.execute(f"DROP ROLE {role}".encode())
            connection.execute(f"GRANT EXECUTE ON FUNCTION {function} TO PUBLIC".encode())
