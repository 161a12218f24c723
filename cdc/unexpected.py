"""Turns any exception, of other libraries or by a bug of ours, into one line.

No traceback reaches a user; `rederive --debug` logs it.
"""

from __future__ import annotations

import logging
import traceback
from pathlib import Path

from confluent_kafka import KafkaException

from cdc.errors import BrokerError, ConfigError, RederiveError

ROOT = Path(__file__).parents[1]
TEXT_MAX = 300

log = logging.getLogger("rederive.trace")


def as_rederive_error(error: BaseException) -> RederiveError:
    """The exception as a RederiveError; one that is one already is returned unchanged."""
    if isinstance(error, RederiveError):
        return error
    log.debug("the trace of a %s", type(error).__name__, exc_info=error)
    if isinstance(error, KafkaException):
        return _of_kafka(error)
    if isinstance(error, OSError) and error.strerror:
        what = f"{error.filename}: {error.strerror}" if error.filename else error.strerror
        return RederiveError(f"{what}.", fix="mend that, then start again; nothing is lost")
    if isinstance(error, MemoryError):
        return RederiveError("There is not enough memory.", fix="give the process more")
    return _fault(error)


def _of_kafka(error: KafkaException) -> RederiveError:
    """librdkafka refuses to make a client for an unknown setting or value."""
    reason = error.args[0] if error.args else error
    text = reason.str() if hasattr(reason, "str") else str(reason)
    if "configuration property" in text:
        fix = "correct it under [kafka] in rederive.toml"
        return ConfigError([RederiveError(f"[kafka]: {text}.", fix=fix)])
    return BrokerError(f"Kafka: {text}.", fix="look at the broker's log, then start again")


def _fault(error: BaseException) -> RederiveError:
    text = " ".join(str(error).split())[:TEXT_MAX]
    message = f"{type(error).__name__}: {text}" if text else type(error).__name__
    where = f"Rederive failed where it should not, at {_place(error)}"
    fault = RederiveError(
        f"{where}: {message}", fix="please report it, with the trace that `rederive --debug` shows"
    )
    fault.without_values = f"{where}: {type(error).__name__}"
    return fault


def _place(error: BaseException) -> str:
    """The innermost line of this project in the traceback, else the innermost of all."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if Path(frame.filename).is_relative_to(ROOT)]
    ours = [frame for frame in ours if "site-packages" not in Path(frame.filename).parts] or frames
    if not ours:
        return "an unknown place"
    path = Path(ours[-1].filename)
    shown = path.relative_to(ROOT) if path.is_relative_to(ROOT) else Path(path.name)
    return f"{shown}:{ours[-1].lineno}"
