"""Shows the progress of the two long-running processes as bars."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cdc.progress import Progress
    from materializers.progress import Progress as PipelineProgress
    from rederive.cli.screen import Bars


def materialize_progress(bars: Bars) -> Callable[[PipelineProgress], None]:
    """Draws a pipeline's progress: a bar while it loads, then its cut."""

    def show(progress: PipelineProgress) -> None:
        if progress.phase == "load":
            bars.show("materialize", "reads", progress.rows, progress.rows_total)
        elif progress.cut is not None:
            bars.show("materialize", "follows, rows", progress.rows)

    return show


def capture_progress(bars: Bars) -> Callable[[Progress], None]:
    """Draws capture's progress: a bar during the snapshot, then its changes."""

    shown: set[str] = set()

    def show(progress: Progress) -> None:
        readings = {reading.table: reading for reading in progress.readings if reading.rows}
        for table in shown - readings.keys():
            bars.end(table)
        shown.clear()
        shown.update(readings)
        for table, reading in readings.items():
            total = max(reading.rows, reading.rows_estimated) if reading.rows_estimated else 0
            bars.show(table, "is read, rows", reading.rows, total)
        if progress.phase == "snapshot":
            total = max(progress.rows_done, progress.rows_estimated)
            bars.show("capture", "snapshot, rows", progress.rows_done, total)
        else:
            behind = f"{progress.lag_bytes / 1024:,.0f} KiB behind"
            text = f"at {progress.lsn}, {behind}, {progress.changes_per_second:,.0f} changes/s"
            bars.show("capture", text if bars.is_live else "follows", progress.rows_done)

    return show
