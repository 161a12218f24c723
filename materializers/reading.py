"""Reads the topics of the tables that the engine's views need.

Owns the pipeline's reader. It begins after the engine's cut, and is opened again when other tables
are needed. Where the topics can no longer continue the state, all is read again from offset zero.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from cdc.contract.cut import Cut
from materializers.engines.engine import Engine
from materializers.errors import RebuildError, TooOld
from materializers.intake.batch import Batch
from materializers.intake.reader import Reader
from materializers.intake.whole_topics import require_whole
from materializers.journal import Journal
from materializers.project.project import Project

log = logging.getLogger("rederive.materialize")


class Reading:
    """Used by the thread that applies batches; any thread may ask for `newest`, `absence`, `gap`
    and `records_to_read`. `declare`: plans all views, after their state was removed."""

    def __init__(
        self, project: Project, engine: Engine, journal: Journal, declare: Callable[[], None]
    ) -> None:
        self._project, self._engine = project, engine
        self._journal, self._declare = journal, declare
        self._reader: Reader | None = None
        self._tables: set[str] = set()
        self.gap = ""
        """Why everything is being rebuilt from offset zero; empty otherwise."""

    @property
    def reader(self) -> Reader:
        """The open reader."""
        assert self._reader is not None
        return self._reader

    def begin(self) -> None:
        """Open a reader after the engine's cut. Raises TooOld where the state cannot be continued
        and `on_gap` is "stop"."""
        self.close()
        self._tables = self._engine.tables_needed()
        self._reader = Reader(
            self._project.kafka,
            self._project.source.name,
            self._tables,
            batch_rows_max=self._project.pipeline.batch_rows_max,
        )
        builds_us = [view.generation for view in self._engine.views.values()]
        began_us = min(builds_us, default=time.time_ns() // 1000)
        offsets, cut = self._engine.offsets, self._engine.cut
        try:
            self._reader.start(offsets, cut, self._engine.schemas, began_ms=began_us // 1000)
        except TooOld as error:
            return self._restart_from_zero(error)
        self._journal.reads(self._tables, cut)

    def renew(self) -> None:
        """Open another reader if the views need other tables."""
        if self._engine.tables_needed() != self._tables:
            self.begin()

    def read(self, timeout_s: float) -> Batch | None:
        """The next batch, if one comes in time. None also where all is read again from offset zero.
        Raises TooOld as `begin` does, and where that happens before the first cut."""
        cut = self._engine.cut
        if cut is not None:
            self.gap = ""
        try:
            return self.reader.read(timeout_s, after=cut)
        except TooOld as error:
            if cut is None:
                raise  # to begin again would take as long
            self._restart_from_zero(error)
            return None

    def _restart_from_zero(self, gap: TooOld) -> None:
        """Remove the state, and read and build everything again, if `on_gap` allows it. The sinks
        keep their rows until their new generations are filled."""
        if self._project.pipeline.on_gap == "stop":
            raise gap
        tables = self._engine.tables_needed()
        try:
            require_whole(self._project.kafka, self._project.source.name, tables)
        except RebuildError as error:
            raise RebuildError(f"{gap.message} {error.message}", fix=error.fix) from error
        log.warning("%s Every view is rebuilt from offset zero, as on_gap says.", gap.message)
        self.gap = gap.message
        for name in list(self._engine.views):
            self._engine.forget(name)
        self._declare()
        self.begin()

    @property
    def newest(self) -> Cut | None:
        """The newest cut seen; None before the first."""
        return self._reader.newest if self._reader is not None else None

    @property
    def absence(self) -> str | None:
        """Why Kafka does not answer; None while it does."""
        return self._reader.absence() if self._reader is not None else None

    def records_to_read(self, read: int) -> int:
        """An estimate of all records up to the newest cut, at least those `read`; 0: not known."""
        known = self._reader.records_to_read if self._reader is not None else 0
        return max(known, read) if known else 0

    def close(self) -> None:
        """Close the reader, if one is open."""
        if self._reader is not None:
            self._reader.close()
