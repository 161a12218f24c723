"""The alert rules and the dashboard are complete; the document says what to do about each alarm.
tests/e2e/test_http.py checks that each metric exists."""

from __future__ import annotations

import re

import pytest

from tests.ops_files import METRIC, ROOT, Alert, alerts, metrics_named, panels

PAGE = (ROOT / "docs" / "operations.md").read_text()


@pytest.mark.parametrize("alert", alerts(), ids=lambda alert: alert.name)
def test_an_alarm_says_what_to_do(alert: Alert) -> None:
    assert METRIC.search(alert.expression) or "up{" in alert.expression
    for opening, closing in ("()", "{}", "[]"):
        assert alert.expression.count(opening) == alert.expression.count(closing)
    row = re.search(rf"^\| `{alert.name}` \| (.+) \|$", PAGE, flags=re.MULTILINE)
    assert row is not None and len(row[1].split("|")) == 2, "docs/operations.md has a row for it"


def test_no_row_is_of_an_alarm_that_there_is_not() -> None:
    rows = re.findall(r"^\| `(Rederive\w+)` \|", PAGE, flags=re.MULTILINE)
    assert sorted(rows) == sorted(alert.name for alert in alerts())


def test_every_metric_asked_for_is_explained() -> None:
    explained = set(METRIC.findall(PAGE))
    assert {name for name in metrics_named() if name.startswith("rederive")} <= explained


def test_the_panels_do_not_overlap() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in panels():
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert panel["title"] and panel["targets"] and not cells & taken
        assert place["x"] + place["w"] <= 24
        taken |= cells
