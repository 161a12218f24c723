"""`rederive wait` returns soon, whatever else the server is busy with."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from cdc.config import Secret, Source
from rederive.source_now import current_position
from rederive.waiting import NotVisible, wait
from tests.commands import rederive
from tests.e2e.small import running, write_small

SOON_S = 5.0
"""Far above the time it takes, far below the 10 to 30 s after which the server sends a message."""
WAITS = 5


@contextmanager
def busy_neighbour(server: str, name: str) -> Iterator[None]:
    """Another database of the cluster that writes to the log without pause."""
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
            wait(small.folder, "shown", timeout_s=60)
            took_s = time.monotonic() - began
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


def test_a_first_load_and_starts_are_waited_through(
    tmp_path: Path, topic_prefix: str, postgres_dsn: str, kafka_bootstrap: str
) -> None:
    small = write_small(tmp_path / "small", topic_prefix, postgres_dsn, kafka_bootstrap)
    small.execute(
        "create table items (id int primary key, n int not null)",
        "insert into items select i, i from generate_series(1, 50) i",
    )
    with pytest.raises(NotVisible, match=r"No `rederive (capture|materialize)` runs") as raised:
        wait(small.folder, "shown", timeout_s=0)
    assert raised.value.behind == ("shown_table",)
    told = "No capture has published the tables"
    with ThreadPoolExecutor() as pool:
        try:
            for command in ("materialize", "capture"):
                waiting = pool.submit(
                    rederive, small.folder, "wait", "--view", "shown", "--timeout", "120",
                    timeout_s=150,
                )  # fmt: skip
                while not waiting.running():
                    time.sleep(0.01)
                small.processes.start(command)
                if command == "materialize":
                    small.until(lambda: told in str(small.problems("materialize")))
                    assert small.status()["materialize"]["phase"] == "starting"
            assert waiting.result().returncode == 0, waiting.result().stderr
            assert small.execute("select count(*) from shown") == [(50,)]

            small.processes.kill("materialize")
            shutil.rmtree(small.folder / ".rederive")
            small.execute("update items set n = -7 where id = 7")
            again = pool.submit(wait, small.folder, "shown", timeout_s=120)
            small.processes.start("materialize", "--take-over")
            again.result()
            assert small.execute("select n from shown where id = 7") == [(-7,)]
        finally:
            small.processes.stop()


def test_a_view_that_has_stopped_is_not_waited_for(
    tmp_path: Path, topic_prefix: str, postgres_dsn: str, kafka_bootstrap: str
) -> None:
    small = write_small(tmp_path / "small", topic_prefix, postgres_dsn, kafka_bootstrap)
    file = small.folder / "views" / "shown.sql"
    written = file.read_text()
    file.write_text(written.replace("id, n FROM", "id, 10 / n AS n FROM"))
    small.execute(
        "create table items (id int primary key, n int not null)",
        "insert into items values (1, 2), (7, 0)",
    )
    try:
        for command in ("capture", "materialize"):
            small.processes.start(command)
        began = time.monotonic()
        with pytest.raises(NotVisible, match=r"View shown has stopped.*division by zero") as raised:
            wait(small.folder, "shown", timeout_s=300)
        assert time.monotonic() - began < 150, "far below the time-out"
        assert raised.value.behind == ("shown_table",)
        file.write_text(written)
        wait(small.folder, "shown", timeout_s=120)
        assert small.execute("select n from shown order by id") == [(2,), (0,)]
    finally:
        small.processes.stop()
