"""Trims: only views that have changes are trimmed."""

from __future__ import annotations

from materializers.engines.trims import Trims


def settled(trims: Trims, view: str, version: int) -> dict[str, int]:
    """What is due once the view's sinks have that version; done at once."""
    trims.ask(view, version)
    due = trims.due()
    trims.done(due)
    return due


def test_a_view_without_changes_is_not_due() -> None:
    trims = Trims(newest=7)
    assert settled(trims, "totals", 7) == {"totals": 7}
    assert settled(trims, "totals", 8) == {}
    trims.recorded("totals", 9)
    assert settled(trims, "totals", 8) == {}
    assert settled(trims, "totals", 9) == {"totals": 9}
    assert settled(trims, "totals", 12) == {}


def test_changes_that_a_sink_has_yet_to_take_stay_known() -> None:
    trims = Trims(newest=0)
    settled(trims, "totals", 0)
    for version in (3, 5, 8):
        trims.recorded("totals", version)
    assert settled(trims, "totals", 5) == {"totals": 5}
    assert settled(trims, "totals", 8) == {"totals": 8}
    assert settled(trims, "totals", 9) == {}


def test_after_a_start_on_the_way_to_a_cut_the_changes_of_its_first_parts_go_with_it() -> None:
    trims = Trims(newest=8)
    assert settled(trims, "totals", 7) == {"totals": 7}
    assert settled(trims, "totals", 20) == {"totals": 20}


def test_what_was_not_committed_is_due_again() -> None:
    trims = Trims(newest=0)
    trims.recorded("totals", 3)
    trims.ask("totals", 3)
    assert trims.due() == trims.due() == {"totals": 3}
    trims.ask("totals", 4)
    trims.done({"totals": 3})
    assert trims.due() == {"totals": 4}


def test_another_build_begins_anew() -> None:
    trims = Trims(newest=3)
    trims.ask("totals", 3)
    trims.forget("totals")
    assert trims.due() == {}
    assert settled(trims, "totals", 3) == {"totals": 3}
