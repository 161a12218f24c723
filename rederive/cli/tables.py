"""Tables on the screen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich import box
from rich.table import Table
from rich.text import Text

OPERATOR_CHARACTERS = 60


def plain_table(title: str) -> Table:
    """A table without vertical lines, so that it fits into 80 columns."""
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, padding=(0, 0, 0, 1))
    table.show_edge = table.pad_edge = False
    return table


def status_table(answer: Mapping[str, Any]) -> Table:
    """A status answer: one row for each sink of each view."""
    running = "running" if answer.get("is_running") else "not running"
    cut = answer["cut"] or "no cut yet"
    lag = f", {answer['lag_s']:g} s behind" if answer["lag_s"] else ""
    table = plain_table(f"materialize: {running}, at {cut}{lag}")
    for name in ("view", "sink"):
        table.add_column(name, no_wrap=True)
    table.add_column("state")
    for name in ("gen.", "rows", "cut", "lag s"):
        table.add_column(name, justify="right", no_wrap=True)
    for view in answer["views"]:
        table.add_row(
            view["view"],
            view["sink"],
            _state(view),
            str(view["generation"]) if view["generation"] >= 0 else "-",
            f"{view['rows']:,}",
            view["cut"] or "-",
            f"{view['lag_s']:g}",
        )
    return table


def absence_line(answer: Mapping[str, Any]) -> Text:
    """Kafka is away; what was live stays as it is."""
    line = Text(f"{answer['kafka']}.", style="red")
    return line.append(" Every view stays at its cut, and goes on by itself.", style="default")


def edit_line(edit: Mapping[str, Any]) -> Text:
    """Why an edit was not taken up; what was live goes on."""
    what = f"edit of {edit['view']} not taken up" if edit["view"] else "files not taken up"
    line = Text(f"{what}: {edit['error']}", style="red")
    return line.append(f" Fix: {edit['fix']}", style="default") if edit["fix"] else line


def storage_table(answer: Mapping[str, Any]) -> Table:
    """What the state takes: input tables, then each view and its operators; shared state once."""
    storage = answer["storage"]
    table = plain_table(f"state: {storage['file_bytes'] / 1e6:,.1f} MB on disk")
    table.add_column("kept")
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
