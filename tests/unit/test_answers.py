"""Answers to the control socket's requests, from a pipeline object that does not run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from cdc.contract.cut import Cut
from cdc.errors import RederiveError
from materializers.builds.rebuild import RebuildProgress, Rebuilt
from materializers.control.answers import Answers
from materializers.delivery.dead_letters.dead_letters import DeadLetters
from materializers.delivery.dead_letters.memory import MemoryLetters
from materializers.delivery.delivery import Delivery
from materializers.difference import Allowance, Difference
from materializers.errors import RebuildError, StateError
from materializers.project.project import Project, load_project
from materializers.view import ViewDefinition
from tests.contracts.view_builder_contract import view
from tests.e2e.small import write_small


@dataclass
class Told:
    """`Asked` by what it is told. `difference`: what a rebuild finds."""

    difference: Difference
    project: Project
    failure: str = ""
    asked: list[object] = field(default_factory=list)
    dead_letters: DeadLetters = field(default_factory=lambda: DeadLetters(MemoryLetters()))

    @property
    def deliveries(self) -> Mapping[str, Delivery]:
        return {}

    def newest(self) -> Cut | None:
        return None

    def failure_of(self, view: str) -> str:
        return self.failure

    def known_view(self, name: str) -> ViewDefinition:
        return view(name, "SELECT 1 AS id")

    def explain(self, view: str) -> dict[str, Any]:
        return {"view": view}

    def status(self) -> dict[str, Any]:
        return {"views": []}

    def storage(self) -> dict[str, Any]:
        return {"file_bytes": 1}

    def rebuild(
        self,
        definition: ViewDefinition,
        on_progress: Callable[[RebuildProgress], None],
        *,
        allowance: Allowance,
    ) -> Rebuilt:
        self.asked.append(allowance)
        on_progress(RebuildProgress(definition.name, "reading", 1, 2))
        if not allowance.admits(self.difference):
            raise RebuildError(f"{self.difference}")
        return Rebuilt(self.difference, {})


def _answered(pipeline: Told, **request: Any) -> list[Mapping[str, Any]]:
    return list(Answers(pipeline).answer(request))


@pytest.fixture
def pipeline(tmp_path: Path) -> Told:
    small = write_small(tmp_path / "small", "shop", "postgresql://nobody@localhost/shop", "nowhere")
    return Told(Difference(10, unlike=2), load_project(small.folder))


def test_a_request_is_answered_in_one_part(pipeline: Told) -> None:
    assert _answered(pipeline, command="status") == [{"views": []}]
    assert _answered(pipeline, command="storage") == [{"file_bytes": 1}]
    assert _answered(pipeline, command="explain", view="v") == [{"view": "v"}]
    assert _answered(pipeline, command="newest") == [{"lsn": None}]
    with pytest.raises(StateError, match="Unknown command 'sing'"):
        _answered(pipeline, command="sing")


def test_a_rebuild_tells_its_progress_and_its_end(pipeline: Told) -> None:
    progress, done = _answered(pipeline, command="rebuild", view="v", allow_difference="2")
    assert (progress["phase"], progress["rows"], progress["rows_total"]) == ("reading", 1, 2)
    assert (done["view"], done["phase"], done["differences"]) == ("v", "done", 2)


def test_a_view_that_has_stopped_is_not_waited_for(pipeline: Told) -> None:
    pipeline.failure = "division by zero"
    (last,) = _answered(pipeline, command="wait", view="shown", lsn="0/10", timeout_s=600)
    assert last == {"is_visible": False, "behind": ["shown_table"], "failure": "division by zero"}
    pipeline.failure = ""
    (last,) = _answered(pipeline, command="wait", view="shown", lsn="0/10", timeout_s=0)
    assert last == {"is_visible": False, "behind": ["shown_table"], "failure": ""}


def test_what_ends_a_rebuild_reaches_who_asked(pipeline: Told) -> None:
    answers = iter(Answers(pipeline).answer({"command": "rebuild", "view": "v"}))
    assert next(answers)["phase"] == "reading"
    with pytest.raises(RebuildError, match="2 unlike"):
        next(answers)
    with pytest.raises(RederiveError, match="no number of rows"):
        _answered(pipeline, command="rebuild", view="v", allow_difference="some")
    assert len(pipeline.asked) == 1
