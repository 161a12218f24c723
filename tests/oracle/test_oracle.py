"""Random views and transactions, checked at every cut, within a fixed budget of time."""

import time
from pathlib import Path

import pytest

from tests.oracle.oracle import run_seed

BUDGET_S = 12.0


@pytest.mark.parametrize("first_seed", range(0, 5000, 1000))
def test_views_equal_recomputation_at_every_cut(
    first_seed: int, postgres_dsn: str, tmp_path: Path
) -> None:
    end = time.monotonic() + BUDGET_S
    seed = first_seed
    while time.monotonic() < end:
        run_seed(seed, postgres_dsn, tmp_path)
        seed += 1
    assert seed > first_seed
