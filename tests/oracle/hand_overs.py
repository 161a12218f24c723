"""Hand-overs at random cuts, some of them ended by a crash, as `materializers/hand_over.py` does
them with the topics."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from random import Random

from materializers.engines.engine import Engine
from materializers.engines.hybrid.difference import difference
from materializers.engines.hybrid.engine import HybridEngine
from materializers.engines.hybrid.groups import Group, Place
from materializers.engines.label import next_label
from materializers.intake.batch import Batch
from materializers.view import ViewDefinition
from tests.views.answers import difference as unlike_rows

Wanted = Mapping[str, tuple[ViewDefinition, tuple[str, ...] | None]]
"""By view its definition and key."""


class HandOver:
    """Views on their way to the other engine. Raises ViewError where it cannot maintain one."""

    def __init__(
        self, engine: HybridEngine, folder: Path, group: Group, wanted: Wanted, whole: Batch
    ) -> None:
        views = engine.views
        self.place = Place.ROWS if group.place is Place.BULK else Place.BULK
        self.builds = {name: views[name].generation for name in sorted(group.views)}
        self._folder, self._wanted = folder, wanted
        folder.mkdir()
        self.beside: Engine = engine.open_beside(folder, self.place)
        try:
            for name, build in self.builds.items():
                view, key = wanted[name]
                self.beside.declare(view, whole.schemas, key=key, generation=build)
            self.beside.apply(whole)
        except BaseException:
            self.end()
            raise

    def end(self) -> None:
        """Give it up, or remove what is left of it."""
        self.beside.close()
        shutil.rmtree(self._folder)

    def is_moot(self, engine: HybridEngine) -> bool:
        """Whether a view has another build now."""
        for name, build in self.builds.items():
            kept, made = engine.views.get(name), self.beside.views[name]
            if kept is None or kept.generation != build or next_label(name) in engine.views:
                return True
            if kept.failure is not None or not kept.is_of(*self._wanted[name]):
                return True
            if made.failure is None and made.generation != build:
                return True  # a number outgrew it there alone
        return False

    def has_all(self, versions: Mapping[str, int]) -> bool:
        """Whether the new state has every change that a sink still lacks."""
        return all(self.beside.has_since(name, versions[name]) for name in self.builds)

    def unlike(self, engine: HybridEngine) -> tuple[str, str] | None:
        """A view that has other rows there, and how they differ."""
        for name in self.builds:
            live, made = engine.views[name], self.beside.views[name]
            if made.failure is not None:
                return name, f"stopped after its hand-over: {made.failure}"
            if (made.schema, made.rows) != (live.schema, live.rows):
                return name, f"handed over: {made.rows} rows, {made.schema}, not {live.rows}"
            if (found := difference(engine, self.beside, name)).count:
                texts = [_texts(each, name) for each in (engine, self.beside)]
                return name, f"handed over to {self.place.value}: {found}: {unlike_rows(*texts)}"
        return None

    def take(self, engine: HybridEngine) -> None:
        """The views move."""
        self.beside.close()
        engine.take(self._folder, self.place, self.builds)

    def take_some(self, engine: HybridEngine, random: Random) -> None:
        """Both engines have some of the views, as a crash would leave them; open them again."""
        self.beside.close()
        target = engine.bulk if self.place is Place.BULK else engine.rows
        name = "pipeline.duckdb" if self.place is Place.BULK else "pipeline.rows"
        for view in random.sample(sorted(self.builds), random.randint(1, len(self.builds))):
            target.adopt(self._folder / name, view)


def _texts(engine: Engine, view: str) -> Counter[str]:
    """The view's rows as they are, for a message."""
    return Counter(str(row) for b in engine.full(view).upserts for row in b.to_pylist())
