"""The engine that works row by row and the one on DuckDB, side by side over one source, in which
anything may happen: after each event both say the same, and what the views' SQL says.

A failure shows the seed and the events; `--engine-seeds` (`make soak`) tries more of them.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random, randrange
from shutil import rmtree

import pytest

from materializers.engines.planned_view import PlannedView
from materializers.view import ViewDefinition
from tests.rows.random_source import RandomSource
from tests.rows.side_by_side import SideBySide

SEEDS = 2
EVENTS = 25
VIEWS_MAX = 7
A_GROUPED = "SELECT g, sum(n) AS t, count(*) AS c, min(x) AS least FROM a GROUP BY g"
SELECTS = {
    "plain": ["SELECT id, g, x, s FROM a", "SELECT id, n FROM a WHERE x > 0"],
    "ratio": ["SELECT id, 10 / x AS r FROM a", "SELECT id, 10 / nullif(x, 0) AS r FROM a"],
    "keyed": ["SELECT g, s FROM a", "SELECT g, max(s) AS s FROM a GROUP BY g"],
    "totals": [A_GROUPED, A_GROUPED.replace("sum(n)", "avg(n)")],
    "shares": [f"SELECT q.g, 10 / q.least AS r, q.t FROM ({A_GROUPED}) q"],
    "wide": ["SELECT a, sum(w) AS w FROM c GROUP BY a", "SELECT id, w * 2 AS w FROM c"],
    "outgrown": ["SELECT a, sum(d) AS d FROM c GROUP BY a", "SELECT id, d * d AS d FROM c"],
    "narrow": ["SELECT sum(x * 1000000000)::integer AS s, count(*) AS c FROM a"],
    "left": ["SELECT b.m, b.id, b.v, a.s FROM b LEFT JOIN a ON a.id = b.a"],
    "inner": ["SELECT c.id, a.m, c.w FROM c JOIN a ON a.id = c.a AND a.x > 0"],
    "semi": ["SELECT id, s FROM a WHERE EXISTS (SELECT FROM b WHERE b.a = a.id)"],
    "anti": ["SELECT id, s FROM a WHERE id NOT IN (SELECT c.a FROM c WHERE c.a IS NOT NULL)"],
    "moods": [
        "SELECT m, count(*) AS c, max(id) AS i FROM a GROUP BY m",
        "SELECT max(m) AS m FROM a",
    ],
    "ordered": ["SELECT m, id, v FROM b ORDER BY m, id LIMIT 4", "SELECT m, id, a FROM b"],
    "first": ["SELECT DISTINCT ON (g) g, id, m FROM a ORDER BY g, m DESC, id"],
    "texts": ["SELECT g, string_agg(s, ',' ORDER BY id) AS s FROM a GROUP BY g"],
    "distinct": ["SELECT DISTINCT s FROM a", "SELECT s, count(DISTINCT x) AS c FROM a GROUP BY s"],
    "union": [
        "SELECT id, s FROM a UNION SELECT id, v FROM b",
        "SELECT g FROM a EXCEPT SELECT a FROM c",
    ],
    "ranked": ["SELECT id, rank() OVER (PARTITION BY g ORDER BY x, id) AS r FROM a"],
    "nested": [f"SELECT c.id, q.t FROM c LEFT JOIN ({A_GROUPED}) q ON q.g = c.a"],
}
KEYS = {"keyed": ("g",)}


class Play:
    """A random play of both engines; `told`: what has happened."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.random = Random(seed)
        self.source = RandomSource(self.random)
        self.pair = SideBySide(folder, self.random)
        self.told: list[str] = []
        source, moved = self.source, self.moved
        self._acts: list[tuple[int, Callable[[], object]]] = [
            (30, self.change), (4, self.repeat), (3, self.truncate), (5, moved(source.alter)),
            (2, moved(source.rekey)), (2, moved(source.early_null)), (2, moved(source.misfit)),
            (2, moved(source.leave)), (2, moved(source.come_back)), (8, self.declare),
            (6, self.build), (3, self.promote), (3, self.forget), (6, self.recover),
            (4, self.rebuild), (5, self.trim), (4, self.reopen),
        ]  # fmt: skip

    def run(self, events: int) -> None:
        for _ in range(3):
            self.tell("declare", self.declare())
        self.tell("change", self.change())
        for _ in range(events):
            weights = [weight for weight, _ in self._acts]
            ((_, act),) = self.random.choices(self._acts, weights)
            self.told.append(act.__name__)
            self.tell("", act())
            self.pair.check(self.source.feed)

    def tell(self, name: str, what: object) -> None:
        if name:
            self.told.append(name)
        self.told[-1] += f": {what}"

    def move(self) -> object:
        """The next cut; sometimes in parts."""
        while self.random.random() < 0.15:
            self.pair.apply(self.source.batch(is_exact=False))
            self.pair.check(self.source.feed)
            self.source.change(self.random.randint(1, 4))
        return sorted(self.pair.apply(self.source.batch()).failures)

    def change(self) -> object:
        self.source.change(self.random.randint(0, 8))
        self.source.mend()
        return self.move()

    def repeat(self) -> object:
        if self.pair.last is None or not self.pair.views:
            return "nothing"
        return dict(self.pair.apply(self.pair.last).changed)

    def truncate(self) -> object:
        self.source.change(2)
        self.source.truncate()
        self.source.change(2)
        return self.move()

    def moved(self, act: Callable[[], str]) -> Callable[[], object]:
        """A change of the source that both are to follow, among others."""

        def both() -> object:
            self.source.change(self.random.randint(0, 2))
            told = act()
            self.source.change(self.random.randint(0, 2))
            return told, self.move()

        return both

    def _settled(self) -> bool:
        """At an exact cut that all changes are in, as the pipeline changes views."""
        if not self.pair.is_exact or self.source.is_waiting:
            self.move()
        return self.pair.is_exact

    def _definition(self, name: str) -> ViewDefinition:
        return ViewDefinition(name, self.random.choice(SELECTS[name]), Path("v.sql"), 1)

    def declare(self) -> object:
        """Declared where nothing was read yet, else from the topics."""
        others = sorted(SELECTS.keys() - {*self.pair.views})
        if len(self.pair.views) >= VIEWS_MAX:
            return "nothing"
        view = self._definition(self.random.choice(others))
        if self.pair.rows.engine.cut is None and self.pair.rows.engine.is_exact:
            return view.name, self.pair.declare(view, self.source.feed, KEYS.get(view.name))
        return self._rebuilt(view)

    def build(self) -> object:
        if not self.pair.views or not self._settled():
            return "nothing"
        name = self.random.choice(sorted(SELECTS))
        is_beside = name in self.pair.views and self.random.random() < 0.5
        view = self._definition(name)
        return name, is_beside, self.pair.build(view, KEYS.get(name), beside=is_beside)

    def promote(self) -> object:
        for name in self.pair.views:
            if name.endswith("#next"):
                return self.pair.promote(name.removesuffix("#next"))
        return "nothing"

    def forget(self) -> object:
        if len(self.pair.views) < 2 or not self._settled():
            return "nothing"
        name = self.random.choice(self.pair.views)
        return name, self.pair.both(lambda e: e.forget(name))

    def recover(self) -> object:
        """A view that stopped is built from what is there, or from the topics."""
        if not self._settled():
            return "nothing"
        views = self.pair.rows.engine.views
        stopped = [n for n in self.pair.views if views[n].failure and not n.endswith("#next")]
        if not stopped:
            return "nothing"
        name = self.random.choice(stopped)
        kept = views[name]
        assert isinstance(kept, PlannedView)
        view = kept.stored.definition
        found = self.pair.build(view, KEYS.get(name), beside=False)
        return name, found if found == name else self._rebuilt(view)

    def rebuild(self) -> object:
        names = [name for name in self.pair.views if not name.endswith("#next")]
        if not names:
            return "nothing"
        return self._rebuilt(self._definition(self.random.choice(names)))

    def _rebuilt(self, view: ViewDefinition) -> object:
        if not self._settled() or self.pair.last is None:
            return "nothing"
        whole = self.source.whole(self.pair.last)
        return view.name, self.pair.rebuild(view, KEYS.get(view.name), whole)

    def trim(self) -> object:
        self.pair.trim()
        return self.change()

    def reopen(self) -> object:
        for side in self.pair.sides:
            side.reopen()
        return ""


@pytest.mark.parametrize("seed", range(SEEDS))
def test_both_say_the_same(tmp_path: Path, seed: int) -> None:
    _play(tmp_path, seed)


def test_both_say_the_same_under_fresh_seeds(tmp_path: Path, pytestconfig: pytest.Config) -> None:
    for number in range(pytestconfig.getoption("--engine-seeds")):
        folder = tmp_path / f"{number}"
        folder.mkdir()
        _play(folder, randrange(2**32))
        rmtree(folder)


def _play(folder: Path, seed: int) -> None:
    play = Play(folder, seed)
    try:
        play.run(EVENTS)
    except Exception as error:
        error.add_note(f"seed {seed}: " + "\n".join(play.told))
        raise
    finally:
        play.pair.close()
