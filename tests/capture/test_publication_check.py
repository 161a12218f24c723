"""check reports a publication that leaves something out, and a slot that no longer fits."""

from __future__ import annotations

from cdc.check import Check
from cdc.preflight import preflight
from tests.capture.judged import capture, faults, refused
from tests.capture.running import RunningCapture

__all__ = ["capture"]


def slot_check(capture: RunningCapture) -> Check:
    (found,) = [c for c in preflight(capture.source, capture.kafka) if c.name == "slot"]
    return found


def test_partitions_under_their_own_names(capture: RunningCapture) -> None:
    capture.execute(
        "CREATE TABLE parts (id int PRIMARY KEY) PARTITION BY RANGE (id)",
        "CREATE TABLE leaf PARTITION OF parts FOR VALUES FROM (0) TO (10)",
        f"CREATE PUBLICATION {capture.source.publication_name} FOR ALL TABLES",
    )
    found = faults(capture)["publication"]
    assert "leaves changes out" in found.message and not found.is_fatal
    with capture:
        capture.wait_until_following()
        assert not faults(capture)
        capture.execute("INSERT INTO parts VALUES (1), (2)")
        capture.catch_up()
    assert len(capture.rows("parts")) == 2


def test_some_kinds_of_change_only(capture: RunningCapture) -> None:
    capture.execute(
        "CREATE TABLE t (id int PRIMARY KEY)",
        f"CREATE PUBLICATION {capture.source.publication_name} FOR TABLE t"
        " WITH (publish = 'insert, update')",
    )
    found = faults(capture)["publication"]
    assert "leaves changes out" in found.message and not found.is_fatal
    with capture:
        capture.wait_until_following()
        assert not faults(capture)


def test_row_filters_and_column_lists(capture: RunningCapture) -> None:
    if capture.database.info.server_version < 150_000:
        return
    name = capture.source.publication_name
    capture.execute("CREATE TABLE t (id int PRIMARY KEY, n int)")
    for narrowed, words in (("t (id)", "some columns"), ("t WHERE (id > 1)", "some rows")):
        capture.execute(f"CREATE PUBLICATION {name} FOR TABLE {narrowed}")
        found = faults(capture)["publication"]
        assert f"sends {words} only of public.t" in found.message and found.is_fatal
        capture.execute(*found.fix.split(";"))
        assert not faults(capture)
        capture.execute(f"DROP PUBLICATION {name}")


def test_a_publication_that_breaks_the_application(capture: RunningCapture) -> None:
    capture.execute(
        "CREATE TABLE t (id int PRIMARY KEY)",
        'CREATE TABLE "Loose" (id int)',
        f'CREATE PUBLICATION {capture.source.publication_name} FOR TABLE t, "Loose"',
    )
    found = faults(capture)["publication"]
    assert 'holds public."Loose", without a usable key' in found.message and not found.is_fatal
    capture.execute(found.fix.partition(", or")[0])
    assert "publication" not in faults(capture)


def test_a_slot_that_is_gone(capture: RunningCapture) -> None:
    capture.execute("CREATE TABLE t (id int PRIMARY KEY)")
    assert slot_check(capture).message.endswith("is made when capture starts")
    with capture:
        capture.wait_until_following()
        assert "is read by capture" in slot_check(capture).message
    capture.wait_for(lambda: "is free" in slot_check(capture).message)
    slot, cut = capture.source.slot_name, capture.cuts()[-1].lsn
    capture.execute(f"SELECT pg_drop_replication_slot('{slot}')")
    found = slot_check(capture)
    assert f"Slot {slot} of source" in found.message
    assert f"is gone; changes since {cut} are lost" in found.message
    assert found.is_fatal and "--resnapshot" in found.fix
    capture.execute(f"SELECT pg_create_logical_replication_slot('{slot}', 'pgoutput')",
                    "INSERT INTO t VALUES (1)",
                    f"SELECT pg_replication_slot_advance('{slot}', pg_current_wal_lsn())"
                    )  # fmt: skip
    assert f"past the newest cut {cut}" in slot_check(capture).message


def test_slots_of_other_kinds_and_names(capture: RunningCapture) -> None:
    capture.execute("CREATE TABLE t (id int PRIMARY KEY)")
    slot = capture.source.slot_name
    capture.execute(f"SELECT pg_create_physical_replication_slot('{slot}')")
    try:
        assert f"Slot {slot} is a physical one" in slot_check(capture).message
    finally:
        capture.execute(f"SELECT pg_drop_replication_slot('{slot}')")
    error = refused(capture.with_settings(slot="My-Slot"), "public.t")
    assert error.message.startswith("Slot My-Slot cannot be made")
    assert error.fix.endswith('slot = "my_slot"')
