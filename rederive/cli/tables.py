"""Tables on the screen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich import box
from rich.table import Table
from rich.text import Text


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


def _state(view: Mapping[str, Any]) -> Text:
    if view["error"]:
        return Text(f"{view['phase']}: {view['error']}", style="red")
    return Text(view["phase"], style="green" if view["phase"] == "following" else "yellow")
