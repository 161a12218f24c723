"""A process with so many open files that select() accepts no further one."""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager

SELECT_MAX = 1024


@contextmanager
def many_files() -> Iterator[None]:
    """Every file that is opened in the block has a descriptor above what select() takes."""
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(limits[0], 2 * SELECT_MAX), limits[1]))
    opened: list[int] = []
    try:
        while not opened or opened[-1] <= SELECT_MAX:
            opened.append(os.open(os.devnull, os.O_RDONLY))
        yield
    finally:
        for descriptor in opened:
            os.close(descriptor)
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
