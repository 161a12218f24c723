"""Shrinks a scenario that fails, and writes what is left as a case file."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace

from tests.oracle.scenario import Scenario, Step

BUDGET_S = 20.0

Fails = Callable[[Scenario], bool]


def reduced(scenario: Scenario, view: str, fails: Fails) -> str:
    """The smallest scenario found in time that still fails, as a case without its rows."""
    deadline = time.monotonic() + BUDGET_S
    if view in scenario.views:
        alone = replace(scenario, views={view: scenario.views[view]})
        scenario = alone if fails(alone) else scenario
    progress = True
    while progress and time.monotonic() < deadline:
        progress = False
        for smaller in _smaller(scenario):
            if time.monotonic() > deadline:
                break
            if fails(smaller):
                scenario, progress = smaller, True
                break
    return _case(scenario)


def _smaller(scenario: Scenario) -> Iterator[Scenario]:
    """The same with a piece left out, the largest pieces first."""
    steps = scenario.steps
    for index in reversed(range(len(steps))):
        yield replace(scenario, steps=steps[:index] + steps[index + 1 :])
    for index, step in enumerate(steps):
        for simpler in _simpler(step):
            yield replace(scenario, steps=(*steps[:index], simpler, *steps[index + 1 :]))


def _simpler(step: Step) -> Iterator[Step]:
    plain = Step(step.statements)
    if step != plain:
        yield plain
    size = len(step.statements)
    while size := size // 2:
        for start in range(0, len(step.statements), size):
            kept = step.statements[:start] + step.statements[start + size :]
            if kept:
                yield replace(step, statements=kept)


def _case(scenario: Scenario) -> str:
    tables = [f"{table.create()};" for table in scenario.tables.values()]
    views = [
        f"-- key: {', '.join(view.key)}\nCREATE MATERIALIZED VIEW {name} AS\n{view.sql};"
        for name, view in scenario.views.items()
    ]
    cuts = [_cut(step) for step in scenario.steps]
    return "\n".join([*tables, *views, *cuts])


def _cut(step: Step) -> str:
    facts = {"in parts": step.in_parts, "then restarted": step.restarts,
             f"then without {step.forgets}": bool(step.forgets)}  # fmt: skip
    head = ", ".join(["-- cut", *(fact for fact, holds in facts.items() if holds)])
    return "\n".join([head, *(f"{statement};" for statement in step.statements), "-- rows"])
