"""Two captures in one process keep their newest warnings apart."""

import logging
import threading

from cdc.commands import NewestWarning, thread_of
from cdc.config import Secret, Source

LOGGER = logging.getLogger("rederive.capture")


def test_a_warning_is_that_of_the_capture_whose_thread_gave_it() -> None:
    sources = [Source(name, Secret(""), ()) for name in ("shop", "bank")]
    kept = {each.name: NewestWarning(thread_of(each)) for each in sources}
    for handler in kept.values():
        LOGGER.addHandler(handler)
    try:
        for source in sources:
            work = threading.Thread(
                target=LOGGER.warning, args=[f"of {source.name}"], name=thread_of(source)
            )
            work.start()
            work.join()
    finally:
        for handler in kept.values():
            LOGGER.removeHandler(handler)
    told = {name: (handler.newest or {}).get("text") for name, handler in kept.items()}
    assert told == {"shop": "of shop", "bank": "of bank"}
