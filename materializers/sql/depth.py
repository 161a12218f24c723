"""How deeply a view's SQL may be nested.

Parser and planner call themselves for each operator around an operator: a sum of 400 terms is 400
deep, and each parenthesis is some 20 calls. Python stops at 1,000 calls by itself. At the bound
here, which 500 parentheses need, both they and DuckDB need less than 4 MiB of stack (tried with
sums, parentheses and CASE; threads have 8 MiB).
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from materializers.sql.place import Source

CALLS_MAX = 15_000
EXPRESSION_DEPTH_MAX = 5_000
"""DuckDB's own bound, which is 1,000 by default."""


@contextmanager
def deeply_nested(source: Source) -> Iterator[None]:
    """Room for parsing or planning a view; raises ViewError where it does not suffice. The room
    stays: another thread may be using it."""
    sys.setrecursionlimit(max(CALLS_MAX, sys.getrecursionlimit()))
    try:
        yield
    except RecursionError as error:
        raise source.error(
            "its expressions are nested too deeply",
            fix="put a part into a query of WITH; for a long OR write IN, or = ANY (array)",
        ) from error
