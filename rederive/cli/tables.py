"""Tables on the screen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rich import box
from rich.table import Table
from rich.text import Text

from rederive.cli.screen import sentence

OPERATOR_CHARACTERS = 60


def plain_table(title: str) -> Table:
    """A table without vertical lines, to fit into 80 columns."""
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, padding=(0, 0, 0, 1))
    table.show_edge = table.pad_edge = False
    return table


def status_lines(answer: Mapping[str, Any]) -> Iterator[Text]:
    """A status answer as text: problems, the worst first, then the state of each part."""
    style = _STYLES[answer["state"]]
    yield Text(_STATES[answer["state"]], style=style)
    for problem in answer["problems"]:
        line = Text(f"{problem['part']}: {sentence(problem['message'])}", _STYLES[problem["level"]])
        if problem["fix"]:
            line.append(f" Fix: {sentence(problem['fix'])}", style="default")
        yield line
    for note in answer["notes"]:
        yield Text(f"note: {sentence(note)}", style="default")
    yield Text(f"capture: {_process(answer['capture'])}{_cut(answer)}", style="default")
    cut = answer["cut"] or "no cut yet"
    yield Text(f"materialize: {_process(answer['materialize'])}, at {cut}", style="default")
    if move := answer.get("hand_over"):
        yield Text(f"hand-over: {_hand_over(move)}", style="default")


_STATES = {"well": "All is well.", "degraded": "Not all is well.", "stopped": "Stopped:"}
_STYLES = {"well": "green", "degraded": "yellow", "stopped": "bold red"}


def _process(facts: Mapping[str, Any]) -> str:
    presence = "running" if facts["presence"] == "answers" else facts["presence"]
    doing = facts.get("phase")
    return f"{presence}, {doing}" if doing else str(presence)


def _hand_over(move: Mapping[str, Any]) -> str:
    total = f" of {move['rows_total']:,}" if move["rows_total"] else ""
    rows = f"{move['rows']:,}{total} rows, " if move["rows"] else ""
    took = f"{move['elapsed_s']:,.0f} s"
    return f"{', '.join(move['views'])} to {move['to']}: {move['phase']}, {rows}{took}"


def _cut(answer: Mapping[str, Any]) -> str:
    age_s = answer["capture"]["cut_age_s"]
    return f", newest cut {answer['newest']}, {age_s:,.1f} s old" if age_s is not None else ""


def status_table(answer: Mapping[str, Any]) -> Table:
    """One row for each sink of each view."""
    table = plain_table("views")
    for name in ("view", "sink"):
        table.add_column(name, no_wrap=True)
    table.add_column("state")
    for name in ("gen.", "rows", "dead", "cut", "lag s"):
        table.add_column(name, justify="right", no_wrap=True)
    for view in answer["views"]:
        table.add_row(
            view["view"],
            view["sink"],
            _state(view),
            str(view["generation"]) if view["generation"] >= 0 else "-",
            f"{view['rows']:,}" if view["rows"] is not None else "-",
            f"{view['dead_letters']:,}" if view.get("dead_letters") is not None else "-",
            view["cut"] or "-",
            f"{view['lag_s']:g}" if view["lag_s"] is not None else "-",
        )
    return table


def owner_lines(answer: Mapping[str, Any]) -> Iterator[Text]:
    """The owner of each sink."""
    for view in answer["views"]:
        owner = view["owner"]
        if owner is None:
            yield Text(f"sink {view['sink']}: nobody is known to write it")
            continue
        sign = f"last sign of life {owner['silence_s']:,.0f} s ago"
        yield Text(
            f"sink {view['sink']}: written by pipeline {owner['pipeline']} (process {owner['pid']}"
            f" on {owner['host']}, state {owner['state']}), "
            f"{'which has ended' if owner['has_ended'] else sign}"
        )


def storage_table(answer: Mapping[str, Any]) -> Table:
    """The state's size: input tables, then each view and its operators; shared state once."""
    storage = answer["storage"]
    table = plain_table(f"state: {storage['file_bytes'] / 1e6:,.1f} MB on disk")
    table.add_column("part")
    for name in ("rows", "MB"):
        table.add_column(name, justify="right", no_wrap=True)
    seen: set[str] = set()
    for name, size in storage["inputs"].items():
        _add_size(table, f"input {name}", size)
    for name, view in storage["views"].items():
        _add_size(table, f"view {name}", view["rows"])
        _add_size(table, "  outbox", view["outbox"])
        for operator in view["operators"]:
            if operator["table"] in seen:
                continue
            seen.add(operator["table"])
            others = ", ".join(operator["shared_with"])
            shared = f" (shared with {others})" if others else ""
            _add_size(table, f"  {operator['operator'][:OPERATOR_CHARACTERS]}{shared}", operator)
    return table


def _add_size(table: Table, label: str, size: Mapping[str, Any]) -> None:
    table.add_row(Text(label), f"{size['rows']:,}", f"{size['bytes'] / 1e6:,.1f}")


def _state(view: Mapping[str, Any]) -> Text:
    if view["error"]:
        return Text(f"{view['phase']}: {view['error']}", style="red")
    return Text(view["phase"], style="green" if view["phase"] == "following" else "yellow")
