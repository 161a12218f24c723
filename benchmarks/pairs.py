"""Each stage as it is committed now and as it was at an earlier commit, in turn, in one run.

Both commits are checked out into a folder of their own and run the benchmark that they hold; a
figure that both print is compared by its median over the rounds. Two commits seldom differ by less
than the machine's own noise: `spread` is the widest distance between two rounds of one commit, as a
share of their median. Run: `python -m benchmarks.pairs COMMIT [--stages engine stream ...]`.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.machine import save

STAGES = {
    "capture": ["--rows", "300000"],
    "engine": ["--rows", "1000000"],
    "stream": [],
    "rebuild": [],
    "sinks": [],
}
ROOT = Path(__file__).parents[1]
Figures = dict[str, float]


def flat(figures: Any, path: str = "") -> Figures:
    """The numbers of nested figures, by their path: `batch_100.cpu_ms`."""
    if isinstance(figures, dict):
        items = figures.items()
        return {k: v for key, each in items for k, v in flat(each, f"{path}.{key}").items()}
    is_number = isinstance(figures, int | float) and not isinstance(figures, bool)
    return {path.lstrip("."): float(figures)} if is_number else {}


@contextmanager
def checked_out(commit: str, folder: Path) -> Iterator[Path]:
    _git("worktree", "add", "--quiet", "--detach", str(folder), commit)
    try:
        yield folder
    finally:
        _git("worktree", "remove", "--force", str(folder))


def measured(stage: str, tree: Path) -> Figures:
    """One run of a stage's benchmark as this tree holds it.

    Raises:
        CalledProcessError: it failed; what it printed stands above.
    """
    command = [sys.executable, "-m", f"benchmarks.{stage}", *STAGES[stage]]
    environment = {**os.environ, "PYTHONPATH": str(tree)}
    subprocess.run(command, cwd=tree, env=environment, check=True, stdout=subprocess.DEVNULL)
    result = json.loads((tree / f"benchmarks/results/{stage}.json").read_text())
    return flat(result["figures"])


def pairs(before: list[Figures], now: list[Figures]) -> dict[str, dict[str, float]]:
    """What both told, by path: both medians, their ratio, and the wider spread of the two."""
    names = [name for name in now[0] if name in before[0]]
    told = {}
    for name in names:
        old, new = ([figures[name] for figures in side] for side in (before, now))
        if median(old) and median(new):
            told[name] = {
                "before": median(old),
                "now": median(new),
                "ratio": round(median(new) / median(old), 3),
                "spread": round(max(map(_spread, (old, new))), 3),
            }
    return told


def _spread(figures: list[float]) -> float:
    return (max(figures) - min(figures)) / median(figures)


def _git(*arguments: str) -> str:
    command = ["git", "-C", str(ROOT), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("commit", help="what to compare with")
    parser.add_argument("--stages", nargs="+", choices=STAGES, default=list(STAGES))
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    figures: dict[str, Any] = {
        "before": _git("rev-parse", "--short", given.commit),
        "now": _git("rev-parse", "--short", "HEAD"),
        "rounds": given.rounds,
    }
    with tempfile.TemporaryDirectory(prefix="rederive-pairs-") as folder:
        old, new = Path(folder) / "before", Path(folder) / "now"
        with checked_out(given.commit, old), checked_out("HEAD", new):
            for stage in given.stages:
                rounds = [(measured(stage, old), measured(stage, new)) for _ in range(given.rounds)]
                before, now = map(list, zip(*rounds, strict=True))
                figures[stage] = pairs(before, now)
                for name, pair in figures[stage].items():
                    print(f"{stage:8} {name:50} {pair}", flush=True)
    print(save("pairs", figures))


if __name__ == "__main__":
    main()
