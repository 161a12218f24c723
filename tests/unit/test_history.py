"""Which log a cut belongs to, and the versions that follow from it."""

from __future__ import annotations

import pytest

from cdc.contract.cut import Cut, History
from cdc.position import Lsn
from cdc.sources.postgres.slot.history import SourceLog

HERE = SourceLog("7", 3, Lsn(900), {1: Lsn(300), 2: Lsn(600)})


def cut(lsn: int, server: str = "7", timeline: int = 3, base: int = 0) -> Cut:
    return Cut("shop", Lsn(lsn), 0, 0, {}, history=History(server, timeline, base))


@pytest.mark.parametrize(
    "behind, why",
    [
        (cut(900), ""),
        (cut(600, timeline=2), ""),
        (cut(300, timeline=1), ""),
        (cut(500, "", 0), ""),
        (cut(901), "Its log ends at 0/384, before the newest cut 0/385"),
        (cut(601, timeline=2), "left timeline 2 at 0/258, before the newest cut"),
        (cut(700, timeline=4), "does not continue timeline 4"),
        (cut(100, "8"), "another server"),
    ],
)
def test_a_cut_is_of_this_log_or_not(behind: Cut, why: str) -> None:
    said = HERE.departs_from(behind)
    assert why in said and bool(said) == bool(why)
    later = HERE.history_behind(behind)
    begun = Cut("shop", Lsn(1), 0, 0, {}, history=later)
    assert (begun.version > behind.version) == bool(why)
    assert later.version_base == (behind.version if why else 0)


def test_records_of_before_are_of_an_unknown_log() -> None:
    old = cut(5).to_json().replace(b'"history"', b'"other"')
    assert Cut.from_json(old).history == History() and Cut.from_json(old).version == 5


def test_a_history_survives_its_record() -> None:
    assert Cut.from_json(cut(5, base=1 << 40).to_json()).version == (1 << 40) + 5
