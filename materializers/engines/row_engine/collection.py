"""Python's garbage collector during a batch."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collection_paused() -> Iterator[None]:
    """No collection of cycles in the block. A batch makes many tuples and no cycles, and each some
    hundred of them would start a search of the young objects, and at times of the whole heap."""
    if not gc.isenabled():  # by the process, or by a batch of another engine
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
