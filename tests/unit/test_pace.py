"""When capture commits: at once after a pause, and under load as the commits' cost allows."""

from __future__ import annotations

import pytest

from cdc.sources.postgres.pace import REFUSED_S, REST_MAX_S, REST_MIN_S, Pace


def after(pace: Pace, *costs_s: float) -> Pace:
    now = 100.0
    for cost_s in costs_s:
        pace.committed(now, now + cost_s)
        now += 1.0
    return pace


def gathered_s(pace: Pace, *, is_behind: bool = False) -> float:
    return pace.due(is_behind=is_behind) - pace.ended


def test_a_cheap_commit_is_followed_soon() -> None:
    pace = after(Pace(0.02), 0.004)
    assert gathered_s(pace) == pytest.approx(REST_MIN_S)
    assert pace.rests_until == pytest.approx(pace.due(is_behind=False))


def test_a_dear_commit_lets_more_changes_gather() -> None:
    assert gathered_s(after(Pace(0.02), 0.018)) == pytest.approx(0.009)


def test_not_longer_than_the_project_says() -> None:
    assert gathered_s(after(Pace(0.02), 10.0)) == pytest.approx(0.02)
    assert gathered_s(after(Pace(0.0), 0.004)) == pytest.approx(REST_MIN_S)


def test_behind_the_source_changes_gather_longest() -> None:
    assert gathered_s(after(Pace(0.02), 0.004), is_behind=True) == pytest.approx(0.25)


def test_a_refused_transaction_doubles_the_rest_and_the_others_shorten_it() -> None:
    pace = Pace(0.0)
    rests = []
    for costs_s in ([2 * REFUSED_S], [2 * REFUSED_S] * 5, [0.004] * 100, [0.004] * 1_000):
        after(pace, *costs_s)
        rests.append(pace.rests_until - pace.ended)
    once, often, less, least = rests
    assert once == pytest.approx(2 * REST_MIN_S)
    assert often == pytest.approx(REST_MAX_S)
    assert REST_MIN_S < less < REST_MAX_S
    assert least == pytest.approx(REST_MIN_S)
