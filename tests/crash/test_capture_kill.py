"""Kill -9 of capture at random points of its snapshot and its stream, during a bank's transfers.

Read with read_committed, the topics have every change once, and a constant sum at every cut; the
slot is never acknowledged past a committed cut. A journal in the source, written by triggers, lists
the changes of each transaction.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from pathlib import Path
from typing import Any

from cdc.position import Lsn
from tests.capture.running import Record, RunningCapture
from tests.crash.bank import TOTAL, Bank, Processes
from tests.crash.captured import PROJECT, cuts, wait_for_complete_cut
from tests.leftovers import Background

SNAPSHOT_KILLS = 3
STREAM_KILLS = 8
CUTS_MIN = 20
SEED = 20261124
TABLES = ("checking", "savings")

JOURNAL = """
CREATE TABLE journal (id bigserial PRIMARY KEY, xid bigint NOT NULL, at text NOT NULL);
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO journal (xid, at) VALUES (pg_current_xact_id()::text::bigint, TG_TABLE_NAME);
    RETURN NULL;
END $$;
CREATE TRIGGER note AFTER INSERT OR UPDATE OR DELETE ON checking
    FOR EACH ROW EXECUTE FUNCTION note();
CREATE TRIGGER note AFTER INSERT OR UPDATE OR DELETE ON savings
    FOR EACH ROW EXECUTE FUNCTION note();
CREATE TABLE ballast (id int PRIMARY KEY, filler text NOT NULL);
INSERT INTO ballast SELECT i, repeat('x', 100) FROM generate_series(1, 200000) AS i;
"""


def test_kills_lose_nothing_and_double_nothing(capture: RunningCapture, tmp_path: Path) -> None:
    rng = random.Random(SEED)
    bank = Bank(str(capture.source.dsn), rng)
    bank.open()
    capture.execute(JOURNAL)
    (tmp_path / "rederive.toml").write_text(PROJECT.format(
        name=capture.source.name, dsn=str(capture.source.dsn), bootstrap=capture.kafka.address,
    ))  # fmt: skip
    processes, transfers = Processes(tmp_path), Background(bank.run)
    transfers.start()
    try:
        kill_at_random(capture, processes, rng)
        processes.start("capture")
        wait_for_complete_cut(capture, processes)
        capture.wait_for(lambda: len(complete_cuts(capture)) >= CUTS_MIN, timeout_s=90)
    finally:
        transfers.end()
    target = capture.one("SELECT pg_current_wal_insert_lsn() - '0/0'")
    wait_for_complete_cut(capture, processes, beyond=int(target))
    assert processes.stop() == {"capture": 0}, processes.tail("capture")
    assert bank.transfers > 100
    check_every_change_once(capture)
    check_final_rows(capture)
    check_sum_at_every_cut(capture)


def kill_at_random(capture: RunningCapture, processes: Processes, rng: random.Random) -> None:
    for _ in range(SNAPSHOT_KILLS):
        processes.start("capture")
        time.sleep(rng.uniform(0.8, 2.5))
        processes.kill("capture")
        check_acknowledged(capture)
    for kill in range(STREAM_KILLS):
        processes.start("capture")
        if kill == 0:
            wait_for_complete_cut(capture, processes)
        time.sleep(rng.uniform(0.5, 2.5))
        processes.kill("capture")
        check_acknowledged(capture)


def check_acknowledged(capture: RunningCapture) -> None:
    confirmed = capture.one(
        "SELECT coalesce(max(confirmed_flush_lsn), '0/0') - '0/0' FROM pg_replication_slots"
        f" WHERE slot_name = '{capture.source.slot_name}'"
    )
    # A new slot begins at its snapshot's position, before there is a cut.
    if any(cut.snapshot is None for cut in cuts(capture)):
        capture.check_acknowledged(Lsn(int(confirmed)))


def counted(capture: RunningCapture, table: str) -> list[Record]:
    """The records after the last time the table was declared emptied."""
    emptied = capture.schemas()[f"public.{table}"].emptied
    begins = emptied.offsets if emptied else (0, 0, 0)
    return [r for r in capture.records(table) if r.offset >= begins[r.partition]]


def check_every_change_once(capture: RunningCapture) -> None:
    journal = counted(capture, "journal")
    ids = [record.key["id"] for record in journal]
    assert len(ids) == len(set(ids)), "a change is there twice"
    assert set(ids) == {i for (i,) in capture.database.execute("SELECT id FROM journal")}
    streamed = [r.value["after"] for r in journal if r.value["op"] == "c"]
    expected = Counter((row["xid"], row["at"]) for row in streamed)
    found: Counter[tuple[int, str]] = Counter()
    for table in TABLES:
        changes = [r.value for r in counted(capture, table) if r.value and r.value["op"] != "r"]
        found.update((change["source"]["txId"], table) for change in changes)
    assert found == expected
    assert len(expected) > 100


def complete_cuts(capture: RunningCapture) -> list[Any]:
    return [cut for cut in cuts(capture) if cut.snapshot is None]


def check_final_rows(capture: RunningCapture) -> None:
    for table in TABLES:
        rows = capture.database.execute(f"SELECT id, amount FROM {table}".encode())
        assert {i: a for i, a in rows} == {
            row["id"]: row["amount"] for row in capture.rows(table).values()
        }
    assert len(capture.rows("ballast")) == 200_000


def check_sum_at_every_cut(capture: RunningCapture) -> None:
    name, checked = capture.source.name, 0
    pending = {table: counted(capture, table) for table in TABLES}
    by_place = {
        (table, partition): [r for r in pending[table] if r.partition == partition]
        for table in TABLES for partition in range(3)
    }  # fmt: skip
    done = dict.fromkeys(by_place, 0)
    amounts: dict[tuple[str, int], int] = {}
    for cut in complete_cuts(capture):
        for (table, partition), records in by_place.items():
            end = cut.offsets[f"{name}.public.{table}"][partition]
            at = done[table, partition]
            while at < len(records) and records[at].offset < end:
                apply(amounts, table, records[at])
                at += 1
            done[table, partition] = at
        assert sum(amounts.values()) == TOTAL, f"at {cut.lsn}, seed {SEED}"
        checked += 1
    assert checked >= CUTS_MIN


def apply(amounts: dict[tuple[str, int], int], table: str, record: Record) -> None:
    place = (table, record.key["id"])
    if record.value is None or record.value["after"] is None:
        amounts.pop(place, None)
    else:
        amounts[place] = record.value["after"]["amount"]
