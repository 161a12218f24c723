"""What `rederive status` prints of a status answer."""

from typing import Any

from rederive.cli.tables import status_lines

PROCESS = {"presence": "answers", "cut_age_s": 0.5}
ANSWER: dict[str, Any] = {
    "state": "well",
    "problems": [],
    "notes": [],
    "capture": PROCESS,
    "materialize": PROCESS,
    "newest": "0/2A",
    "cut": "0/2A",
    "hand_over": None,
}
MOVE = {
    "views": ["a", "b"],
    "to": "rows",
    "phase": "load",
    "rows": 1_200,
    "rows_total": 5_000,
    "elapsed_s": 3.4,
}


def lines(move: dict[str, Any] | None) -> list[str]:
    return [line.plain for line in status_lines({**ANSWER, "hand_over": move})]


def test_a_hand_over_is_shown_while_it_lasts() -> None:
    assert lines(MOVE)[-1] == "hand-over: a, b to rows: load, 1,200 of 5,000 rows, 3 s"
    catching_up = {**MOVE, "phase": "catch up", "rows_total": 0}
    assert lines(catching_up)[-1] == "hand-over: a, b to rows: catch up, 1,200 rows, 3 s"
    assert lines({**MOVE, "phase": "export", "rows": 0})[-1].endswith(": export, 3 s")
    assert len(lines(None)) == len(lines(MOVE)) - 1
