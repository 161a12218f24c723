"""The demo's one table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from rich.table import Table
from rich.text import Text

from rederive.cli.tables import plain_table


@dataclass(slots=True)
class Result:
    """One view in one sink at the end. `lag_s`: seconds from the last commit until the sink had
    it. `rebuild_s`: how long the rebuild took, None where the view was not rebuilt."""

    view: str
    sink: str
    rows: int
    cut: str
    lag_s: float
    rebuild_s: float | None
    differences: int
    examples: list[str] = field(default_factory=list)


def result_table(results: Sequence[Result]) -> Table:
    """View, sink, rows, cut, lag, rebuild time, differences."""
    table = plain_table("Every view against PostgreSQL's own answer")
    table.add_column("view", no_wrap=True)
    table.add_column("sink", no_wrap=True)
    for name in ("rows", "cut (LSN)", "lag", "rebuild", "differences"):
        table.add_column(name, justify="right", no_wrap=True)
    for each in results:
        style = "red" if each.differences else "green"
        table.add_row(
            each.view,
            each.sink,
            f"{each.rows:,}",
            each.cut,
            f"{each.lag_s:.2f} s",
            "-" if each.rebuild_s is None else f"{each.rebuild_s:.1f} s",
            Text(f"{each.differences:,}", style=style),
        )
    return table
