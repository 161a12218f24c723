"""Turns whatever ends a run into one line with a fix: no traceback reaches a user."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager

from cdc.broker_errors import broker_errors
from cdc.config import Kafka, Source
from cdc.errors import RederiveError, SourceError
from cdc.sources.postgres.connection import source_errors


@contextmanager
def one_line(source: Source, kafka: Kafka) -> Iterator[None]:
    """Raises a RederiveError for every exception; RederiveErrors pass unchanged."""
    try:
        with source_errors(source, "capture"), broker_errors(kafka, "write to"):
            yield
    except RederiveError:
        raise
    except OSError as error:
        raise SourceError(
            f"Capture of source {source.name} ended: {error}.",
            fix="look at disk, memory, open files and network of this machine",
        ) from error
    except MemoryError as error:
        raise RederiveError(
            f"Capture of source {source.name} ran out of memory.",
            fix="give it more, or lower transaction_rows_max",
        ) from error
    except Exception as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        text = " ".join(str(error).split()) or "no message"
        place = f"{type(error).__name__} in {last.filename.rpartition('/')[2]}:{last.lineno}"
        where = f"Capture of source {source.name} ended by a fault of its own: {place}"
        fault = RederiveError(
            f"{where}: {text}.",
            fix="start it again, it resumes at the newest cut; report this line",
        )
        fault.without_values = f"{where}."
        raise fault from error
