"""Changes of a table without a row in the log: after each, the topic has the table's rows.

Each case is set up, captured, changed while capture runs or while it is down, and compared with
PostgreSQL's own answer.
"""

from __future__ import annotations

import pytest

from tests.capture.published import CASES, expected, published, settle
from tests.capture.running import RunningCapture


def differences(capture: RunningCapture) -> dict[str, str]:
    """The cases whose topic and table differ."""
    found = {}
    for number, (name, case) in enumerate(CASES.items()):
        table = f"case_{number}.{case.table}"
        here, there = published(capture, table), expected(capture, table)
        if here != there:
            found[name] = f"published {here}, expected {there}"
    return found


def change(capture: RunningCapture) -> None:
    for number, case in enumerate(CASES.values()):
        capture.execute(f"SET search_path = case_{number}", *case.changes)


@pytest.mark.parametrize("is_running", [True, False], ids=["running", "down"])
def test_topics_follow_the_catalogue(capture: RunningCapture, is_running: bool) -> None:
    """All cases side by side, each in a schema of its own."""
    for number, case in enumerate(CASES.values()):
        capture.execute(
            f"CREATE SCHEMA case_{number}", f"SET search_path = case_{number}", case.before
        )
    tables = [f"case_{number}.{case.table}" for number, case in enumerate(CASES.values())]
    capture.execute("CREATE TABLE public.other (id int PRIMARY KEY)")
    with capture.with_settings(tables=("public.other", *tables)):
        capture.catch_up()
        if is_running:
            change(capture)
            settle(capture)
            assert not differences(capture)
    if not is_running:
        change(capture)
    with capture:
        settle(capture)
        assert not differences(capture)
        capture.execute("INSERT INTO public.other VALUES (1)",
                        *(f"DELETE FROM {table} WHERE id = 2" for table in tables))  # fmt: skip
        settle(capture)
    assert not differences(capture)
    assert len(capture.rows("other")) == 1


def test_nullability_is_recorded_before_the_row_that_needs_it(capture: RunningCapture) -> None:
    capture.execute(
        "CREATE TABLE t (id int PRIMARY KEY, v int NOT NULL); INSERT INTO t VALUES (1, 1)"
    )
    with capture:
        capture.catch_up()
        assert not capture.schemas()["public.t"].column("v").nullable
        capture.execute("ALTER TABLE t ALTER v DROP NOT NULL; INSERT INTO t VALUES (2, NULL)")
        capture.catch_up()
        assert capture.schemas()["public.t"].column("v").nullable


def test_not_null_that_is_not_validated_counts_as_nullable(capture: RunningCapture) -> None:
    capture.execute("CREATE TABLE t (id int PRIMARY KEY, v int); INSERT INTO t VALUES (1, NULL)",
                    "ALTER TABLE t ADD CONSTRAINT v_there NOT NULL v NOT VALID")  # fmt: skip
    with capture:
        capture.catch_up()
        assert capture.schemas()["public.t"].column("v").nullable
