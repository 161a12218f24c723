"""Tables that change under a pipeline at work: only the views that use what changed stop, and
status and log say which, why and where."""

from __future__ import annotations

import re

import pytest

from tests.e2e.test_edits import twins as twins
from tests.e2e.twins import Twins

EXTRAS = """
CREATE MATERIALIZED VIEW extras AS SELECT id, extra FROM one;
CREATE SINK extras_table FROM extras WITH (connection = 'analytics', table = 'extras');
"""
CHANGES = {
    "drop": (
        "alter table one drop column extra",
        r"column public\.one\.extra was dropped at \w+/\w+",
    ),
    "rename": (
        "alter table one rename column extra to more",
        r"column public\.one\.extra was dropped at \w+/\w+",
    ),
    "retype": (
        "alter table one alter column extra type jsonb using to_jsonb(extra)",
        r"column public\.one\.extra changed from text to jsonb at \w+/\w+",
    ),
}


def error_of(twins: Twins, view: str) -> str:
    """What status says of a view, empty where nothing is wrong."""
    (entry,) = [each for each in twins.views() if each["view"] == view][:1]
    assert (entry["phase"] == "stopped") == bool(entry["error"])
    return entry["error"] or ""


@pytest.mark.timeout(200)
@pytest.mark.parametrize("change", CHANGES)
def test_a_view_that_loses_a_column_stops_alone(twins: Twins, change: str) -> None:
    statement, message = CHANGES[change]
    twins.write("extras", EXTRAS)
    twins.until(lambda: twins.answer("select count(*) from extras") == (40,))
    twins.execute("alter table one add column other int")  # ignored
    assert twins.goes_on()
    assert not any(entry["error"] for entry in twins.views())

    twins.execute(statement)
    twins.until(lambda: bool(error_of(twins, "extras")))
    error = error_of(twins, "extras")
    assert re.match(f"view extras: {message}", error), error
    assert error in twins.log() and "view extras stopped at " in twins.log()
    assert twins.goes_on() and twins.goes_on("singles")

    name = {"drop": "other", "rename": "more", "retype": "extra"}[change]
    twins.write("extras", EXTRAS.replace("id, extra", f"id, {name} AS extra, n"))
    twins.until(lambda: not error_of(twins, "extras") and not twins.status()["edits"])
    assert twins.goes_on("extras")


@pytest.mark.timeout(200)
def test_a_dropped_table_stops_the_views_that_read_it(twins: Twins) -> None:
    twins.write("extras", EXTRAS)
    twins.until(lambda: twins.answer("select count(*) from extras") == (40,))
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
    twins.until(lambda: "Table public.one was made anew" in twins.processes.tail("capture"))
    for view in ("pairs", "extras", "tops"):
        twins.rebuild(view)
    twins.until(lambda: not any(entry["error"] for entry in twins.views()))
    assert twins.answer("select count(*) from pairs where n = m") == (40,)
    assert twins.answer("select extra from extras where id = 1") == ("again",)
