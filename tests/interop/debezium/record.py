"""Record what Debezium writes, so that the tests compare with it without running it.

    python -m tests.interop.debezium.record

Starts a PostgreSQL of its own and Debezium's engine; needs Java 17 or later and mvn. Writes
recorded/{values,envelopes}.jsonl and recorded/run.json, which README.md explains.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from cdc.contract.values import SESSION_SETTINGS
from cdc.sources.postgres.catalogue.tables import base_types, column_of
from rederive.stack.stack import Stack

HERE = Path(__file__).parent
RECORDED = HERE / "recorded"
STREAMED_ID = 1000  # a case has its number as id in the snapshot, and this much more in the stream
TIMEOUT_S = 120.0


class Event(NamedTuple):
    topic: str
    key: Any
    value: Any

    @property
    def table(self) -> str:
        return self.topic.removeprefix("shop.public.")


# A table of one column -> the type as declared, and the literals of its rows.
Cases = dict[str, tuple[str, list[str]]]


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        stack = Stack(Path(folder), ("postgres",))
        try:
            stack.start()
            dsn = stack.addresses().postgres_dsn
            assert dsn is not None
            record(dsn, Path(folder))
        finally:
            stack.stop()


def record(dsn: str, folder: Path) -> None:
    types = tomllib.loads((HERE / "types.toml").read_text())
    cases: Cases = {f"t{n:03}": case for n, case in enumerate(types["cases"].items())}
    with psycopg.connect(dsn, autocommit=True) as server:
        for setting, value in SESSION_SETTINGS.items():
            server.execute("SELECT set_config(%s, %s, false)", (setting, value))
        create_tables(server, types["schema"], cases)
        recording = Recording(folder, dsn)
        recording.wait_for_snapshot()
        change(server, cases)
        events = recording.finish()
        write_values(server, cases, events)
        write_run(server.info.server_version)
    write_envelopes(events, cases)


def create_tables(server: psycopg.Connection[Any], schema: list[str], cases: Cases) -> None:
    for statement in schema:
        server.execute(statement)
    for table, (type_name, literals) in cases.items():
        server.execute(f"CREATE TABLE {table} (id integer PRIMARY KEY, value {type_name})")
        insert(server, table, literals, first_id=1)
    server.execute((HERE / "before.sql").read_text())
    server.execute("CREATE TABLE finished (id integer PRIMARY KEY)")


def insert(server: psycopg.Connection[Any], table: str, literals: list[str], first_id: int) -> None:
    for number, literal in enumerate([*literals, None], start=first_id):
        value = "NULL" if literal is None else sql.quote(literal)
        server.execute(f"INSERT INTO {table} VALUES ({number}, {value})")


def change(server: psycopg.Connection[Any], cases: Cases) -> None:
    for table, (_, literals) in cases.items():
        insert(server, table, literals, first_id=STREAMED_ID + 1)
    for statement in (HERE / "during.sql").read_text().splitlines():
        server.execute(statement)
    server.execute("INSERT INTO finished VALUES (1)")


class Recording:
    """One run of the Recorder, its output in a file of three lines a record."""

    def __init__(self, folder: Path, dsn: str) -> None:
        jars, self._out, settings = folder / "jars", folder / "records", folder / "settings"
        copy = "dependency:copy-dependencies"
        subprocess.run(
            ["mvn", "-q", "-B", "-f", HERE / "pom.xml", copy, f"-DoutputDirectory={jars}"],
            check=True,
        )
        settings.write_text((HERE / "debezium.properties").read_text() + connection_settings(dsn))
        self._out.touch()
        self._process = subprocess.Popen(
            ["java", "-cp", f"{jars}/*", HERE / "Recorder.java", settings, self._out]
        )

    def events(self) -> list[Event]:
        lines = self._out.read_text().split("\n")[:-1]
        whole = len(lines) - len(lines) % 3
        return [
            Event(lines[at], json.loads(lines[at + 1]), json.loads(lines[at + 2]))
            for at in range(0, whole, 3)
        ]

    def wait_for_snapshot(self) -> None:
        deadline = time.monotonic() + TIMEOUT_S
        while not any(e.value and e.value["source"]["snapshot"] == "last" for e in self.events()):
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit("Debezium did not finish its snapshot; its log is above.")
            time.sleep(0.2)

    def finish(self) -> list[Event]:
        if self._process.wait(TIMEOUT_S) != 0:
            raise SystemExit("Debezium failed; its log is above.")
        return self.events()


def connection_settings(dsn: str) -> str:
    of = conninfo_to_dict(dsn)
    return (
        f"database.hostname={of.get('host', 'localhost')}\ndatabase.port={of.get('port', 5432)}\n"
        f"database.user={of.get('user', 'postgres')}\ndatabase.password={of.get('password', '')}\n"
        f"database.dbname={of.get('dbname', 'postgres')}\n"
    )


def write_values(server: psycopg.Connection[Any], cases: Cases, events: list[Event]) -> None:
    """For each case: PostgreSQL's text and the two values Debezium wrote, without those that it
    did not write. Nulls are left out of the file, since a null never reaches an encoder."""
    written = {
        (event.table, event.key["id"]): event.value["after"]
        for event in events
        if event.table in cases
    }
    with (RECORDED / "values.jsonl").open("w") as out:
        for table, (declared, _) in cases.items():
            head = {"declared": declared, **column_type(server, table)}
            for number, text in texts(server, table):
                line = {**head, "text": text}
                for name, offset in (("snapshot", 0), ("streamed", STREAMED_ID)):
                    after = written.get((table, offset + number), {})
                    if "value" in after:
                        line[name] = after["value"]
                out.write(json.dumps(line, ensure_ascii=False) + "\n")


def column_type(server: psycopg.Connection[Any], table: str) -> dict[str, Any]:
    """The column's type as capture passes it to the encoders, domains followed to their base."""
    row = server.execute(
        "SELECT atttypid::int8, atttypmod FROM pg_attribute"
        " WHERE attrelid = %s::regclass AND attname = 'value'",
        [table],
    ).fetchone()
    assert row is not None
    column = column_of("value", base_types(server, [row[0]])[row[0]], row[1], is_nullable=True)
    return {"oid": column.type_oid, "type_name": column.type_name, "typmod": column.typmod}


def texts(server: psycopg.Connection[Any], table: str) -> Iterator[tuple[int, str]]:
    query = f"COPY (SELECT id, value FROM {table} WHERE id <= {STREAMED_ID} ORDER BY id) TO STDOUT"
    with server.cursor().copy(query) as copy:
        for number, text in copy.rows():
            if text is not None:
                yield int(number), text


def write_envelopes(events: list[Event], cases: dict[str, Any]) -> None:
    """The records of before.sql and during.sql, in order, whole."""
    with (RECORDED / "envelopes.jsonl").open("w") as out:
        for event in events:
            if event.table not in cases and event.table != "finished":
                out.write(json.dumps(event._asdict(), ensure_ascii=False) + "\n")


def write_run(server_version: int) -> None:
    pom = (HERE / "pom.xml").read_text()
    run = {
        "debezium": pom.partition("<debezium.version>")[2].partition("<")[0],
        "postgresql": f"{server_version // 10000}.{server_version % 10000}",
    }
    (RECORDED / "run.json").write_text(json.dumps(run) + "\n")


if __name__ == "__main__":
    main()
