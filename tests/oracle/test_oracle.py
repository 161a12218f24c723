"""Random schemas, views and transactions, checked at every cut: a fixed number of seeds, or fresh
ones for as long as `--oracle-minutes` says."""

import importlib
import pkgutil
import time
from collections import Counter
from collections.abc import Iterator, Set
from inspect import isabstract
from pathlib import Path

import pytest

import materializers.engines.duckdb.operators
from materializers.engines.duckdb.operators.operator import Operator
from materializers.engines.hybrid.groups import Place
from materializers.sql.catalogue import BUILT_IN
from tests.oracle.engines import BOTH, CHECKED, ROWS, Kind
from tests.oracle.oracle import run_seed

SEEDS = 40
PARTS = 4
"""Tests that share the seeds, so that several workers take them."""
SEEDS_OF_OTHERS = {ROWS: 1, BOTH: 2, CHECKED: 1}
CASES = Path(__file__).parents[1] / "views" / "cases"


@pytest.fixture
def met_folder(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A folder that the workers of this run share."""
    base = tmp_path_factory.getbasetemp()
    folder = (base if worker_id == "master" else base.parent) / "met"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.mark.timeout(900)
@pytest.mark.parametrize("part", range(PARTS))
def test_views_equal_recomputation_at_every_cut(
    part: int, postgres_dsn: str, tmp_path: Path, met_folder: Path, pytestconfig: pytest.Config
) -> None:
    """The part that ends last looks whether the seeds of all parts have met everything."""
    met: Counter[str] = Counter()
    for seed in range(part, SEEDS, PARTS):
        met += run_seed(seed, postgres_dsn, tmp_path)
    (met_folder / str(part)).write_text("\n".join(met))
    ended = list(met_folder.iterdir())
    if len(ended) == PARTS:
        assert_everything_was_met({name for file in ended for name in file.read_text().split("\n")})
    for seed in fresh_seeds(pytestconfig.getoption("--oracle-minutes") / PARTS):
        run_seed(seed, postgres_dsn, tmp_path)


def assert_everything_was_met(met: Set[str]) -> None:
    """Every kind of operator by a seed, every aggregate by a seed or a case."""
    cases = "".join(file.read_text() for file in CASES.glob("*.sql"))
    aggregates = {f"{name}()" for name in BUILT_IN.aggregates if f"{name}(" not in cases}
    never = sorted((operator_names() | aggregates) - met)
    assert not never, f"neither a seed nor a case met {', '.join(never)}: extend the grammar"


@pytest.mark.parametrize("kind", SEEDS_OF_OTHERS, ids=lambda kind: kind.name)
def test_views_are_right_in_the_row_engine_and_after_hand_overs(
    kind: Kind, postgres_dsn: str, tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    met: Counter[str] = Counter()
    for seed in range(SEEDS_OF_OTHERS[kind]):
        met += run_seed(seed, postgres_dsn, tmp_path, kind)
    assert kind is ROWS or met[Place.ROWS.value] > 0, "no view was handed over"
    minutes = pytestconfig.getoption("--oracle-minutes") / len(SEEDS_OF_OTHERS)
    for seed in fresh_seeds(minutes):
        run_seed(seed, postgres_dsn, tmp_path, kind)


def fresh_seeds(minutes: float) -> Iterator[int]:
    """Others each time, until the minutes are over."""
    end, seed = time.monotonic() + 60 * minutes, int(time.time())
    while time.monotonic() < end:
        yield seed
        seed += 1


def operator_names() -> set[str]:
    """Every kind of operator there is."""
    package = materializers.engines.duckdb.operators
    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"{package.__name__}.{module.name}")
    kinds: list[type] = [Operator]
    for kind in kinds:
        kinds += type.__subclasses__(kind)
    return {kind.__name__ for kind in kinds if not isabstract(kind)}
