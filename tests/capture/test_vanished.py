"""Tables dropped, renamed and created again at the source, while capture runs and while it is
down."""

from __future__ import annotations

import pytest

from cdc.check import Check
from cdc.preflight import preflight
from tests.capture.items import FILL, ITEMS, table_rows, topic_rows
from tests.capture.running import RunningCapture

OTHER = "CREATE TABLE other (id int PRIMARY KEY)"


@pytest.mark.parametrize("change", ["DROP TABLE items", "ALTER TABLE items RENAME TO things"])
def test_a_table_that_is_gone_is_said_to_be(
    capture: RunningCapture, change: str, caplog: pytest.LogCaptureFixture
) -> None:
    capture.execute(ITEMS, FILL, OTHER)
    with capture.with_settings(tables=("public.items", "public.other")):
        capture.wait_until_following()
        capture.execute("UPDATE items SET n = -1 WHERE id = 7", change)
        capture.wait_for(lambda: set(capture.schemas()) == {"public.other"})
        capture.execute("INSERT INTO other VALUES (1)")
        capture.catch_up()
    assert "Table public.items is gone from source" in caplog.text
    (found,) = [r for r in capture.records("items") if r.key["id"] == 7 and r.value["op"] == "u"]
    topic = f"{capture.source.name}.public.items"
    assert found.offset < capture.cuts()[-1].offsets[topic][found.partition]
    assert len(capture.rows("other")) == 1


@pytest.mark.parametrize("is_running", [True, False])
def test_a_table_made_anew_is_published_from_its_beginning(
    capture: RunningCapture, is_running: bool
) -> None:
    changes = (
        "DROP TABLE items", ITEMS, "INSERT INTO items SELECT i, i, 'new' FROM"
        " generate_series(2990, 3010) AS i", "DELETE FROM items WHERE id = 3000",
    )  # fmt: skip
    capture.execute(ITEMS, FILL)
    with capture:
        capture.wait_until_following()
        if is_running:
            capture.execute(*changes)
            capture.wait_for(lambda: _is_emptied(capture))
            capture.execute("UPDATE items SET n = 0 WHERE id = 2995")
            capture.catch_up()
    if not is_running:
        capture.execute(*changes)
        with capture:
            capture.execute("UPDATE items SET n = 0 WHERE id = 2995")
            capture.catch_up()
    assert len(topic_rows(capture, "items")) == 20
    assert topic_rows(capture, "items") == table_rows(capture, "items")


def test_the_slot_may_be_read_by_capture_itself(capture: RunningCapture) -> None:
    capture.execute(ITEMS)
    with capture:
        capture.wait_until_following()
        mine = _slot_check(capture)
        assert mine.ok and "is read by capture, process" in mine.message
        dsn = capture.source.dsn
        capture.with_settings(dsn=type(dsn)(f"{dsn}?application_name=another"))
        other = _slot_check(capture)
        assert other.is_fatal and "is in use by process" in other.message
        assert "(rederive)" in other.message


def _slot_check(capture: RunningCapture) -> Check:
    (found,) = [c for c in preflight(capture.source, capture.kafka) if c.name == "slot"]
    return found


def _is_emptied(capture: RunningCapture) -> bool:
    schema = capture.schemas().get("public.items")
    return schema is not None and schema.emptied is not None
