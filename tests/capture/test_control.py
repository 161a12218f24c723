"""Orders to the running capture over its socket: each is done, or refused in one line."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from cdc.control import Control
from cdc.errors import RederiveError
from rederive.listening import PROCESS, listening
from tests.capture.items import FILL, ITEMS, table_rows, topic_rows
from tests.capture.running import RunningCapture


@pytest.fixture
def folder() -> Iterator[Path]:
    """A short path, as a socket needs."""
    with tempfile.TemporaryDirectory(prefix="rd") as made:
        yield Path(made)


@contextmanager
def controlled(capture: RunningCapture, folder: Path) -> Iterator[Control]:
    """A running capture that follows, and a client of it."""
    with capture, listening(folder, capture.commands):
        capture.wait_until_following()
        control = Control.connect(folder, PROCESS)
        assert control is not None
        yield control


def asked(control: Control, command: str, **arguments: Any) -> list[dict[str, Any]]:
    """The outcome for each table; the answers have to come."""
    answers = control.stream(command, silence_max_s=20, **arguments)
    return [answer for answer in answers if answer["phase"] in ("published", "left out")]


def refusal(control: Control, command: str, **arguments: Any) -> str:
    with pytest.raises(RederiveError) as refused:
        asked(control, command, **arguments)
    return str(refused.value)


def begin(capture: RunningCapture) -> None:
    capture.execute(ITEMS, FILL, "CREATE TABLE other (id int PRIMARY KEY)")


def test_refresh_publishes_the_table_anew(capture: RunningCapture, folder: Path) -> None:
    begin(capture)
    with controlled(capture, folder) as control:
        capture.execute("DELETE FROM items WHERE id = 7")
        ended = asked(control, "refresh", table="public.items")[-1]
        assert (ended["phase"], ended["rows"]) == ("published", 2999)
        emptied = capture.schemas()["public.items"].emptied
        assert emptied is not None and sum(emptied.offsets) >= 3000
        assert topic_rows(capture, "items") == table_rows(capture, "items")
        assert capture.cuts()[-1].snapshot is None
        assert {a["table"] for a in asked(control, "refresh", table="public.*")} == {
            "public.items", "public.other"
        }  # fmt: skip
        assert "names no table that is captured" in refusal(control, "refresh", table="public.no")


def test_many_refresh_the_same_table_at_once(capture: RunningCapture, folder: Path) -> None:
    begin(capture)
    ends: list[Any] = []
    with controlled(capture, folder) as control:

        def refresh() -> None:
            ends.append(asked(control, "refresh", table="public.items")[-1])

        askers = [threading.Thread(target=refresh) for _ in range(6)]
        for asker in askers:
            asker.start()
        capture.execute("UPDATE items SET n = n + 1")
        for asker in askers:
            asker.join(60)
        capture.catch_up()
    assert [(end["phase"], end["rows"]) for end in ends] == [("published", 3000)] * 6
    assert topic_rows(capture, "items") == table_rows(capture, "items")


def test_refresh_of_a_range_publishes_its_rows_on_top(
    capture: RunningCapture, folder: Path
) -> None:
    begin(capture)
    with controlled(capture, folder) as control:
        capture.catch_up()
        before, schema = len(capture.records("items")), capture.schemas()["public.items"]
        where = "id BETWEEN 1 AND 10 OR items.id IN (20, 21)"
        ended = asked(control, "refresh", table="public.items", where=where)[-1]
        assert (ended["phase"], ended["rows"]) == ("published", 12)
        assert len(capture.records("items")) == before + 12
        assert capture.schemas()["public.items"] == schema
        assert topic_rows(capture, "items") == table_rows(capture, "items")


def test_refresh_of_a_range_of_a_partitioned_table(capture: RunningCapture, folder: Path) -> None:
    capture.execute(
        "CREATE TABLE days (id int PRIMARY KEY, n int) PARTITION BY RANGE (id)",
        "CREATE TABLE days_1 PARTITION OF days FOR VALUES FROM (0) TO (100)",
        "CREATE TABLE days_2 PARTITION OF days FOR VALUES FROM (100) TO (200)",
        "INSERT INTO days SELECT i, i FROM generate_series(0, 199) i",
    )
    with controlled(capture, folder) as control:
        ended = asked(control, "refresh", table="public.days", where="id > 90 AND id <= 110")[-1]
        assert (ended["phase"], ended["rows"]) == ("published", 20)
    assert topic_rows(capture, "days") == table_rows(capture, "days")


WRONG = {
    "note = 'x1'": "names more than the key of public.items (id)",
    "id BETWEN 1 AND 2": "cannot be used: syntax error",
    "id": "must be type boolean",
    "true) OR (true": "')' is out of place",
    "true) LIMIT (1": "')' is out of place",
    "id = 1; DROP TABLE items": "';' is out of place",
    "id = 1 -- ": "'--' is out of place",
    "id = 1 /*": "'/*' is out of place",
    "note = $$x$$": "'$' is out of place",
    "id IN (1": "is not complete",
    "id = 'x": "out of place",
    "1 / (id - 2) > 5": "division by zero",
}


def test_conditions_that_cannot_be_used(capture: RunningCapture, folder: Path) -> None:
    begin(capture)
    with controlled(capture, folder) as control:
        for where, why in WRONG.items():
            assert why in refusal(control, "refresh", table="public.items", where=where), where
        several = refusal(control, "refresh", table="public.*", where="id = 1")
        assert "names several tables" in several
        capture.execute("UPDATE items SET n = 0 WHERE id < 100")
        capture.catch_up()
    assert topic_rows(capture, "items") == table_rows(capture, "items")


def test_add_takes_a_table_up_until_its_rows_are_published(
    capture: RunningCapture, folder: Path
) -> None:
    begin(capture)
    capture.execute("CREATE TABLE keyless (n int)", "CREATE VIEW seen AS SELECT 1")
    with controlled(capture.with_settings(tables=("public.other",)), folder) as control:
        ended = asked(control, "add", table="public.items")[-1]
        assert (ended["phase"], ended["rows"]) == ("published", 3000)
        assert topic_rows(capture, "items") == table_rows(capture, "items")
        assert asked(control, "add", table="public.items") == []
        assert "has no primary key" in refusal(control, "add", table="public.keyless")
        assert "public.seen is a view" in refusal(control, "add", table="public.seen")
        assert "does not exist" in refusal(control, "add", table="public.itemz")
        wild = asked(control, "add", table="public.*")
        assert [(a["table"], a["phase"]) for a in wild] == [("public.keyless", "left out")]
        assert "has no primary key" in wild[0]["why"]
        capture.execute("CREATE TABLE later (id int PRIMARY KEY)", "INSERT INTO later VALUES (1)")
        capture.wait_for(lambda: "public.later" in capture.schemas())
        _interrupt(capture)
        capture.execute("UPDATE items SET n = 5 WHERE id = 1")
        capture.catch_up()
        assert topic_rows(capture, "items") == table_rows(capture, "items")
        assert control.request("status")["tables"] == ["public.other", "public.items", "public.*"]


def _interrupt(capture: RunningCapture) -> None:
    """End the stream's connection, and wait for the next run of capture."""
    capture.progress.clear()
    capture.execute(
        "SELECT pg_terminate_backend(active_pid, 5000) FROM pg_replication_slots"
        f" WHERE slot_name = '{capture.source.slot_name}'"
    )
    capture.wait_for(lambda: capture.commands.status()["trouble"])
    capture.wait_for(lambda: not capture.commands.status()["trouble"])


def test_remove_and_add_again(capture: RunningCapture, folder: Path) -> None:
    begin(capture)
    with controlled(capture, folder) as control:
        ended = asked(control, "remove", table="public.items")[-1]
        assert (ended["table"], ended["phase"]) == ("public.items", "published")
        assert set(capture.schemas()) == {"public.other"}
        assert "names no table that is captured" in refusal(control, "remove", table="public.items")
        before = len(capture.records("items"))
        _interrupt(capture)
        capture.execute("DELETE FROM items WHERE id > 5", "INSERT INTO other VALUES (1)")
        capture.catch_up()
        assert len(capture.records("items")) == before and len(capture.rows("other")) == 1
        assert control.request("status")["removed"] == ["public.items"]
        assert asked(control, "add", table="public.items")[-1]["rows"] == 5
        capture.execute("UPDATE items SET n = 0")
        capture.catch_up()
    assert topic_rows(capture, "items") == table_rows(capture, "items")


@contextmanager
def held(capture: RunningCapture) -> Iterator[psycopg.Connection]:
    """An open transaction that has written to `items`, so that the table cannot join."""
    with psycopg.connect(str(capture.source.dsn)) as writer:
        writer.execute("UPDATE items SET n = -1 WHERE id = 1")
        yield writer


def test_an_asker_gives_up_where_nothing_moves(capture: RunningCapture, folder: Path) -> None:
    begin(capture)
    with controlled(capture.with_settings(tables=("public.other",)), folder) as control:
        with held(capture):
            told = refusal(control, "add", table="public.items", timeout_s=3)
            assert "No progress for 3 s: table public.items waits (the transaction" in told
            assert control.request("status")["readings"][0]["phase"] == "waits"
        ended = asked(control, "refresh", table="public.items")[-1]  # continues the orders begun
        assert (ended["phase"], ended["rows"]) == ("published", 3000)
    assert topic_rows(capture, "items") == table_rows(capture, "items")


@pytest.mark.parametrize("how", ["stops", "is interrupted"])
def test_capture_ends_while_an_asker_waits(capture: RunningCapture, folder: Path, how: str) -> None:
    begin(capture)
    with controlled(capture.with_settings(tables=("public.other",)), folder) as control:
        with held(capture):
            answers = control.stream("add", table="public.items", silence_max_s=20)
            assert next(a for a in answers if "table" in a)["phase"] == "waits"
            if how == "stops":
                capture.commands.close()
            else:
                _interrupt(capture)
            with pytest.raises(RederiveError, match=r"[Ss]topp|interrupted"):
                list(answers)


def test_status(capture: RunningCapture, folder: Path) -> None:
    begin(capture)
    capture.execute("CREATE TABLE keyless (n int)")
    with controlled(capture, folder) as control:
        lsn = capture.catch_up()
        capture.wait_for(lambda: capture.progress[-1].left_out)
        status = control.request("status")
        assert (status["phase"], status["source"]) == ("stream", capture.source.name)
        assert status["lsn"] >= str(lsn) and status["lag_bytes"] >= 0
        assert status["lag_s"] is not None and status["catalogue_at"] != "0/0"
        assert list(status["left_out"]) == ["public.keyless"] and status["readings"] == []
        assert "keyless" in status["warning"]["text"]
        assert "Unknown command" in refusal(control, "dance")
