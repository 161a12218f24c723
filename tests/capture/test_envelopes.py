"""Each kind of change as it is on the topic."""

from __future__ import annotations

from typing import Any

import orjson

from cdc import __version__
from cdc.contract.topics import schemas_topic
from tests.capture.running import RunningCapture, read_topic

PAIRS = "CREATE TABLE pairs (a int, b text, v int, PRIMARY KEY (b, a))"
NOTES = "CREATE TABLE notes (id int PRIMARY KEY, body text, n int)"
# Long, and incompressible.
LONG = "(SELECT string_agg(md5(i::text), '') FROM generate_series(1, 400) AS i)"


def operations(capture: RunningCapture, table: str) -> list[Any]:
    return [(r.key, r.value and r.value["op"]) for r in capture.records(table)]


def test_insert_has_every_field_in_debeziums_order(capture: RunningCapture) -> None:
    capture.execute(NOTES)
    with capture:
        capture.wait_until_following()
        capture.execute("INSERT INTO notes VALUES (1, E'a \"quote\"\\n\\\\', NULL)")
        capture.catch_up()
    (record,) = capture.records("notes")
    assert record.key == {"id": 1}
    envelope = record.value
    assert list(envelope) == [
        "before", "after", "source", "transaction", "op", "ts_ms", "ts_us", "ts_ns",
    ]  # fmt: skip
    assert envelope["before"] is None and envelope["op"] == "c"
    assert envelope["after"] == {"id": 1, "body": 'a "quote"\n\\', "n": None}
    source = envelope["source"]
    assert list(source) == [
        "version", "connector", "name", "ts_ms", "snapshot", "db", "sequence", "ts_us", "ts_ns",
        "schema", "table", "txId", "lsn", "xmin", "origin", "origin_lsn", "commit_lsn",
    ]  # fmt: skip
    assert source["version"] == __version__ and source["connector"] == "postgresql"
    assert source["name"] == capture.source.name and source["snapshot"] == "false"
    assert source["lsn"] <= source["commit_lsn"] < capture.cuts()[-1].lsn
    assert source["ts_us"] // 1000 == source["ts_ms"] and source["ts_ns"] == source["ts_us"] * 1000


def test_update_and_delete_under_default_identity(capture: RunningCapture) -> None:
    capture.execute(PAIRS, "INSERT INTO pairs VALUES (1, 'x', 10)")
    with capture:
        capture.wait_until_following()
        capture.execute("UPDATE pairs SET v = 11", "DELETE FROM pairs")
        capture.catch_up()
    read, update, delete, tombstone = capture.records("pairs")
    key = {"b": "x", "a": 1}
    assert [list(r.key.items()) for r in (read, update, delete, tombstone)] == [
        list(key.items())
    ] * 4
    assert read.value["op"] == "r" and read.value["source"]["snapshot"] == "true"
    assert update.value["before"] is None and update.value["after"] == {"a": 1, "b": "x", "v": 11}
    assert delete.value["before"] == {"a": 1, "b": "x", "v": None}
    assert delete.value["after"] is None and delete.value["op"] == "d"
    assert tombstone.value is None


def test_primary_key_update_is_delete_and_create_in_one_cut(capture: RunningCapture) -> None:
    capture.execute(PAIRS, "INSERT INTO pairs VALUES (1, 'x', 10)")
    with capture:
        capture.wait_until_following()
        capture.execute("UPDATE pairs SET a = 2, v = 20")
        capture.catch_up()
    changes = [r for r in capture.records("pairs") if not r.value or r.value["op"] != "r"]
    assert sorted((r.key["a"], r.value and r.value["op"]) for r in changes if r.value) == [
        (1, "d"), (2, "c"),
    ]  # fmt: skip
    assert [r.key["a"] for r in changes if r.value is None] == [1]
    assert len({r.value["source"]["lsn"] for r in changes if r.value}) == 1
    assert capture.rows("pairs") == {'{"b":"x","a":2}': {"a": 2, "b": "x", "v": 20}}


def test_full_identity_has_the_old_row(capture: RunningCapture) -> None:
    capture.execute(
        NOTES, "ALTER TABLE notes REPLICA IDENTITY FULL", f"INSERT INTO notes SELECT 1, {LONG}, 1"
    )
    long = capture.one("SELECT body FROM notes")
    with capture:
        capture.wait_until_following()
        capture.execute(
            "UPDATE notes SET n = 2", "UPDATE notes SET id = 3", "DELETE FROM notes"
        )  # fmt: skip
        capture.catch_up()
    values = [r.value for r in capture.records("notes") if r.value]
    by_operation = {v["op"] + str((v["before"] or v["after"])["id"]): v for v in values}
    update = by_operation["u1"]
    assert update["before"] == {"id": 1, "body": long, "n": 1}
    assert update["after"] == {"id": 1, "body": long, "n": 2}
    assert by_operation["d1"]["before"] == {"id": 1, "body": long, "n": 2}
    assert by_operation["c3"]["after"] == {"id": 3, "body": long, "n": 2}
    assert by_operation["d3"]["before"] == {"id": 3, "body": long, "n": 2}


def test_unchanged_long_value_is_completed(capture: RunningCapture) -> None:
    capture.execute(NOTES, f"INSERT INTO notes SELECT 1, {LONG}, 1")
    long = capture.one("SELECT body FROM notes")
    with capture:
        capture.wait_until_following()
        capture.execute("UPDATE notes SET n = 2")
        capture.catch_up()
        capture.execute("UPDATE notes SET id = 7")
        capture.catch_up()
    assert capture.rows("notes") == {'{"id":7}': {"id": 7, "body": long, "n": 2}}
    assert all(r.value["after"]["body"] == long for r in capture.records("notes")
               if r.value and r.value["after"])  # fmt: skip


def test_reread_value_is_right_at_every_cut(capture: RunningCapture) -> None:
    """While capture is down, rows are updated; then their long value changes or they are
    deleted."""
    capture.execute(NOTES, f"INSERT INTO notes SELECT i, {LONG}, 0 FROM generate_series(1, 9) i")
    with capture:
        capture.catch_up()
    capture.execute(
        "UPDATE notes SET n = 1",
        "UPDATE notes SET body = 'short' WHERE id <= 3",
        "DELETE FROM notes WHERE id BETWEEN 4 AND 6",
        "UPDATE notes SET id = id + 10 WHERE id = 7",
    )
    before = len(capture.cuts())
    with capture.with_settings(commit_interval_ms=0, transaction_rows_max=1):
        capture.catch_up()
    expected = {
        f'{{"id":{id_}}}': {"id": id_, "body": body, "n": n}
        for id_, body, n in capture.database.execute("SELECT id, body, n FROM notes")
    }
    assert capture.rows("notes") == expected
    # No cut lies between a re-read value and the change that needs it.
    exact = [cut for cut in capture.cuts()[before:] if cut.snapshot is None]
    data_cuts = {tuple(map(tuple, cut.offsets.values())) for cut in exact}
    assert len(data_cuts - {tuple(map(tuple, capture.cuts()[before - 1].offsets.values()))}) == 1


def test_truncate_empties_what_was_before(capture: RunningCapture) -> None:
    capture.execute(NOTES, "INSERT INTO notes SELECT i, 'x', i FROM generate_series(1, 50) i")
    with capture:
        capture.wait_until_following()
        with capture.database.transaction():
            capture.execute(
                "INSERT INTO notes VALUES (60, 'before', 0)",
                "TRUNCATE notes",
                "INSERT INTO notes VALUES (1, 'after', 0)",
            )
        capture.catch_up()
    schema = capture.schemas()["public.notes"]
    assert schema.emptied is not None and schema.emptied.lsn == schema.lsn
    assert sum(schema.emptied.offsets) > 51
    assert capture.rows("notes") == {'{"id":1}': {"id": 1, "body": "after", "n": 0}}


def test_schema_record_comes_with_the_first_row_that_needs_it(capture: RunningCapture) -> None:
    capture.execute(NOTES, "INSERT INTO notes VALUES (1, 'x', 1)")
    with capture:
        capture.wait_until_following()
        capture.execute(
            "ALTER TABLE notes ADD COLUMN extra numeric(8, 3)",
            "UPDATE notes SET extra = 1.5",
            "ALTER TABLE notes DROP COLUMN n",
            "INSERT INTO notes VALUES (2, 'y', 2.25)",
        )
        capture.catch_up()
    first, *_, last = capture.schema_history()
    assert [c.name for c in first.columns] == ["id", "body", "n"]
    assert [c.name for c in last.columns] == ["id", "body", "extra"]
    assert (last.column("extra").type_name, last.column("extra").typmod) == ("numeric", 524295)
    rows = capture.rows("notes")
    assert rows['{"id":1}'] == {"id": 1, "body": "x", "n": 1, "extra": "1.500"}
    assert rows['{"id":2}'] == {"id": 2, "body": "y", "extra": "2.250"}
    update = next(r for r in capture.records("notes") if r.value["op"] == "u")
    topic = f"{capture.source.name}.public.notes"
    first_cut = next(
        c for c in capture.cuts() if c.offsets[topic][update.partition] > update.offset
    )
    schemas = schemas_topic(capture.source.name)
    with_column = [
        r for r in read_topic(capture.kafka, schemas) if b"extra" in orjson.dumps(r.value)
    ]
    assert with_column[0].offset < first_cut.offsets[schemas][0]


def test_domains_enums_and_composite_types_travel(capture: RunningCapture) -> None:
    capture.execute(
        "CREATE DOMAIN price AS numeric(6, 2) CHECK (VALUE >= 0)",
        "CREATE TYPE mood AS ENUM ('sad', 'ok')",
        "CREATE TYPE pair AS (x int, y text)",
        "CREATE TABLE odd (id int PRIMARY KEY, p price, m mood, c pair, a price[])",
        "INSERT INTO odd VALUES (1, 3.5, 'ok', '(1,\"a b\")', '{1.25,NULL}')",
    )
    with capture:
        capture.wait_until_following()
        capture.execute("INSERT INTO odd SELECT 2, p, m, c, a FROM odd")
        capture.catch_up()
    rows = capture.rows("odd")
    first, second = rows['{"id":1}'], rows['{"id":2}']
    assert {**first, "id": 2} == second
    assert (first["p"], first["m"], first["c"]) == ("3.50", "ok", '(1,"a b")')
    column = capture.schemas()["public.odd"].column("p")
    assert (column.type_name, column.type_oid, column.typmod) == ("numeric", 1700, 393222)


def test_an_inserts_envelope(capture: RunningCapture) -> None:
    capture.execute(NOTES)
    with capture:
        capture.wait_until_following()
        capture.execute("INSERT INTO notes VALUES (1, 'x', 1)")
        capture.catch_up()

    (record,) = capture.records("notes")
    source = record.value["source"]
    assert (record.value["op"], record.key) == ("c", {"id": 1})
    assert (source["schema"], source["table"]) == ("public", "notes")
    assert record.value["after"] == {"id": 1, "body": "x", "n": 1}
    assert record.value["before"] is None
