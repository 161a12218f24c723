"""The process of a hand-over: builds views in a state of its own, beside the pipeline.

It writes nothing outside its folder, and ends with the pipeline's process: whatever kills one of
them leaves a folder that the next start removes. `worker_process.py` starts it.
"""

from __future__ import annotations

import logging
import os
import pickle
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import BinaryIO

from cdc.unexpected import as_rederive_error
from materializers.builds.replay import Replay
from materializers.engines.duckdb.exported_files import ExportedFiles
from materializers.engines.engine import Engine
from materializers.engines.hybrid.engine import path_in
from materializers.engines.hybrid.groups import Place
from materializers.engines.opening import bulk_opener, open_rows
from materializers.engines.row_engine.load import load
from materializers.hand_over.job import CATCH_UP, LOAD, Job, Told
from materializers.sql.catalogue import BUILT_IN

NICENESS = 10
TELL_INTERVAL_S = 0.2

Tell = Callable[[Told], None]


def main() -> int:
    """Do the job on standard input; returns the exit status."""
    os.nice(NICENESS)
    logging.disable()  # the pipeline logs what it is told
    source = sys.stdin.buffer
    job: Job = pickle.load(source)
    threading.Thread(target=_end_with, args=(source,), daemon=True).start()
    tell = _telling(_own_output())
    try:
        _build(job, tell)
    except Exception as error:
        tell(Told.of(as_rederive_error(error)))
        return 1
    return 0


def _end_with(source: BinaryIO) -> None:
    """Wait until the pipeline closes its end, or dies. Nothing here needs to be put in order."""
    while os.read(source.fileno(), 1):
        pass
    os._exit(1)


def _own_output() -> BinaryIO:
    """Standard output for lines alone; what a library prints goes to standard error."""
    own = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return own


def _telling(target: BinaryIO) -> Tell:
    def tell(told: Told) -> None:
        target.write(told.to_json())
        target.flush()

    return tell


def _build(job: Job, tell: Tell) -> None:
    path, progress = path_in(job.folder, job.place), _Progress(tell)
    if job.exported is not None:
        report = partial(progress.at, LOAD, total=job.exported.rows)
        load(path, job.exported, ExportedFiles(job.folder).batches, BUILT_IN, report)
    if job.place is Place.ROWS:
        engine: Engine = open_rows(BUILT_IN)(path)
    else:
        engine = bulk_opener(BUILT_IN, job.memory_limit, job.threads)(path)
    try:
        _follow(job, engine, progress)
    finally:
        engine.close()


def _follow(job: Job, engine: Engine, progress: _Progress) -> None:
    if job.exported is None:
        for view in job.views:
            engine.declare(view.definition, job.schemas, key=view.key, generation=view.generation)
    replay = Replay(job.topics, engine, job.what, lambda: None)
    try:
        if job.exported is None:
            replay.build(lambda rows, total: progress.at(LOAD, rows, total=total))
        else:
            replay.resume()
        replay.catch_up(lambda rows: progress.at(CATCH_UP, rows))
    finally:
        replay.close()


class _Progress:
    def __init__(self, tell: Tell) -> None:
        self._tell, self._due = tell, 0.0

    def at(self, phase: str, rows: int, total: int = 0) -> None:
        if time.monotonic() >= self._due:
            self._due = time.monotonic() + TELL_INTERVAL_S
            self._tell(Told(phase, rows, max(rows, total) if total else 0))
