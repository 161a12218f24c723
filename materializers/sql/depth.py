"""How deeply a view's SQL may be nested.

Parser and planner recurse: a sum of 400 terms is 400 calls deep, and one pair of parentheses takes
about 20 calls. Python's own limit is 1,000 calls. The limit here suffices for 500 parentheses. At
that depth Python and DuckDB use less than 4 MiB of stack (measured with sums, parentheses and CASE;
a thread has 8 MiB).
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from materializers.sql.place import Source

CALLS_MAX = 15_000
EXPRESSION_DEPTH_MAX = 5_000
"""DuckDB's max_expression_depth, which is 1,000 by default."""


@contextmanager
def deeply_nested(source: Source) -> Iterator[None]:
    """Raise Python's recursion limit for parsing or planning a view. Raises ViewError where the
    limit is not enough. It is not lowered again: another thread may need it."""
    sys.setrecursionlimit(max(CALLS_MAX, sys.getrecursionlimit()))
    try:
        yield
    except RecursionError as error:
        raise source.error(
            "its expressions are nested too deeply",
            fix="put a part into a query of WITH; for a long OR write IN, or = ANY (array)",
        ) from error
