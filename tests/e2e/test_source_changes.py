"""Tables that change under a running pipeline: only the views that use the change stop, status and
log say which, why and where, and they go on by themselves as soon as possible."""

from __future__ import annotations

import re

import pytest

from tests.e2e.edited import twins as twins
from tests.e2e.twins import Twins

EXTRAS = """
CREATE MATERIALIZED VIEW extras AS SELECT id, extra FROM one;
CREATE SINK extras_table FROM extras WITH (connection = 'analytics', table = 'extras');
"""
GONE = {
    "drop": ("alter table one drop column extra", "alter table one add column extra text"),
    "rename": (
        "alter table one rename column extra to more",
        "alter table one rename column more to extra",
    ),
}
DROPPED = (
    r"column public\.one\.extra was dropped at \w+/\w+; until its SQL is edited it cannot go on"
)


def error_of(twins: Twins, view: str) -> str:
    """A view's error in status, empty where there is none."""
    (entry,) = [each for each in twins.views() if each["view"] == view][:1]
    assert (entry["phase"] == "stopped") == bool(entry["error"])
    return entry["error"] or ""


def begin(twins: Twins, text: str = EXTRAS) -> None:
    """Add the view `extras`."""
    twins.write("extras", text)
    twins.until(lambda: twins.answer("select count(*) from extras") == (40,))


@pytest.mark.timeout(200)
@pytest.mark.parametrize("change", GONE)
def test_a_view_that_loses_a_column_stops_alone_until_it_is_back(twins: Twins, change: str) -> None:
    taken, given_back = GONE[change]
    begin(twins)
    twins.execute("alter table one add column other int")  # ignored
    assert twins.goes_on()
    assert not any(entry["error"] for entry in twins.views())

    twins.execute(taken)
    twins.until(lambda: bool(error_of(twins, "extras")))
    error = error_of(twins, "extras")
    assert re.match(f"view extras: {DROPPED}", error), error
    assert error in twins.log() and "view extras stopped at " in twins.log()
    assert twins.goes_on() and twins.goes_on("singles")
    assert not twins.status()["edits"]  # no file was edited

    twins.execute(given_back, "update one set extra = 'back'")
    twins.until(lambda: twins.answer("select extra from extras where id = 7") == ("back",))
    twins.until(lambda: not error_of(twins, "extras"))
    assert "view extras: live as rebuilt after" in twins.log()


@pytest.mark.timeout(200)
def test_a_view_that_lost_a_column_goes_on_by_another_sql(twins: Twins) -> None:
    begin(twins)
    twins.execute("alter table one add column other int", "alter table one drop column extra")
    twins.until(lambda: bool(error_of(twins, "extras")))
    twins.write("extras", EXTRAS.replace("id, extra", "id, other AS extra, n"))
    twins.until(lambda: not error_of(twins, "extras") and not twins.status()["edits"])
    assert twins.goes_on("extras")


@pytest.mark.timeout(200)
def test_a_column_of_another_type_is_followed(twins: Twins) -> None:
    begin(twins)
    generation = twins.generations()["extras_table"]
    twins.execute("alter table one alter column extra type jsonb using to_jsonb(extra || '!')")
    twins.until(lambda: twins.generations()["extras_table"] > generation)
    twins.until(lambda: twins.answer("select extra from extras where id = 7") == ("x!",))
    kind = "select data_type from information_schema.columns where table_name = 'extras'"
    assert twins.answer(f"{kind} and column_name = 'extra'") == ("jsonb",)
    stopped = r"view extras: column public\.one\.extra changed from text to jsonb at \w+/\w+;"
    assert re.search(f"{stopped} it is rebuilt", twins.log())
    assert not any(entry["error"] for entry in twins.views())
    assert twins.goes_on() and twins.goes_on("singles")


@pytest.mark.timeout(200)
def test_a_column_whose_type_does_not_suit_the_sql_stops_the_view(twins: Twins) -> None:
    begin(twins, EXTRAS.replace("extra FROM", "upper(extra) AS extra FROM"))
    twins.execute("alter table one alter column extra type jsonb using to_jsonb(extra)")
    twins.until(lambda: bool(error_of(twins, "extras")))
    error = error_of(twins, "extras")
    assert "extra changed from text to jsonb at" in error
    assert "until its SQL is edited it cannot go on" in error and "upper" in error
    assert twins.goes_on() and twins.answer("select extra from extras where id = 7") == ("X",)
    twins.execute("alter table one alter column extra type text using extra #>> '{}'")
    twins.until(lambda: not error_of(twins, "extras"))
    twins.execute("update one set extra = 'y'")
    twins.until(lambda: twins.answer("select extra from extras where id = 7") == ("Y",))


@pytest.mark.timeout(200)
def test_a_dropped_table_stops_the_views_that_read_it_until_it_is_back(twins: Twins) -> None:
    begin(twins)
    twins.stop_ticking()
    twins.execute("drop table one")
    twins.until(lambda: bool(error_of(twins, "pairs")))
    for view in ("pairs", "extras", "tops"):
        message = rf"view {view}: table public\.one was dropped, renamed or .* since \w+/\w+;"
        assert re.match(message, error_of(twins, view))
        assert error_of(twins, view) in twins.log()
    assert not error_of(twins, "singles")
    twins.execute("update two set n = n + 1")
    twins.until(lambda: twins.answer("select min(n) from singles") == (twins.tick + 1,))

    twins.execute(
        "create table one (id int primary key, n int not null, extra text)",
        "insert into one select id, n, 'again' from two",
    )
    twins.until(lambda: not any(entry["error"] for entry in twins.views()))
    assert twins.answer("select count(*) from pairs where n = m") == (40,)
    assert twins.answer("select extra from extras where id = 1") == ("again",)


COUNTS = """
CREATE MATERIALIZED VIEW counts AS
SELECT n % 2 AS half, count(*) AS rows, count(n) AS filled FROM one GROUP BY n % 2;
CREATE SINK counts_table FROM counts WITH (connection = 'analytics', table = 'counts');
"""


@pytest.mark.timeout(200)
def test_a_column_that_may_be_null_from_now_on(twins: Twins) -> None:
    twins.stop_ticking()
    twins.write("counts", COUNTS)
    found = "select rows, filled from counts where half is not distinct from {}"
    twins.until(lambda: twins.answer("select sum(rows) from counts") == (40,))
    half = twins.tick % 2
    twins.execute(
        "alter table one alter n drop not null", "insert into one values (41, null), (42, null)"
    )
    twins.until(lambda: twins.answer(found.format("null")) == (2, 0))
    assert twins.answer(found.format(half)) == (40, 40)
    twins.execute(f"insert into one values (43, null), (44, {1 - half})")
    twins.until(lambda: twins.answer(found.format("null")) == (3, 0))
    twins.until(lambda: twins.answer(found.format(1 - half)) == (1, 1))
    twins.execute("update one set n = null where n is not null")
    twins.until(lambda: twins.answer("select count(*), max(rows) from counts") == (1, 44))
    assert re.search(r"view counts: column public\.one\.n may be NULL since \w+/\w+", twins.log())
    assert not any(entry["error"] for entry in twins.views())
