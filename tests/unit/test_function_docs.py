"""docs/functions.md names every function that there is, and no other."""

import re
from pathlib import Path

from materializers.sql.catalogue import BUILT_IN
from materializers.sql.functions.record_sets import RECORD_FUNCTIONS

PAGE = (Path(__file__).parents[2] / "docs" / "functions.md").read_text()
KNOWN = {*BUILT_IN.scalars, *BUILT_IN.sets, *RECORD_FUNCTIONS}
_CALLED_OTHERWISE = {"current_date"}


def _section(begin: str, end: str) -> str:
    return PAGE.partition(begin)[2].partition(end)[0]


def _names(text: str) -> set[str]:
    return set(re.findall(r"`([a-z_0-9]+)`", text))


def test_the_table_is_the_functions_there_are() -> None:
    assert _names(_section("## Functions", "Not supported:")) == KNOWN


def test_what_is_said_not_to_be_supported_is_not() -> None:
    assert not _names(_section("Not supported:", "Refused because")) & KNOWN


def test_every_volatile_function_is_named() -> None:
    assert (
        _names(_section("Refused because", "## Operators")) - _CALLED_OTHERWISE == BUILT_IN.volatile
    )
