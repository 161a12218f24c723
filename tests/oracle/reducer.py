"""Shrinks a failing scenario, and writes the result as a case file."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace

from tests.oracle.scenario import Scenario, Step, readers

BUDGET_S = 20.0

Fails = Callable[[Scenario], bool]


def reduced(scenario: Scenario, view: str, fails: Fails) -> str:
    """The smallest scenario found in time that still fails, as a case without its rows."""
    deadline = time.monotonic() + BUDGET_S
    edits = {name: its for step in scenario.steps for name, its in step.edits.items()}
    for other in reversed(list(scenario.views)):
        views = {name: its for name, its in scenario.views.items() if name != other}
        if other == view or readers(views, other) or readers(edits, other):
            continue
        fewer = replace(scenario, views=views)
        scenario = fewer if fails(fewer) else scenario
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
    for simpler in (plain, replace(plain, edits=step.edits)):
        if step != simpler:
            yield simpler
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
    edits = [f"-- then {name} is edited: {view.sql}" for name, view in step.edits.items()]
    return "\n".join([head, *(f"{statement};" for statement in step.statements), *edits, "-- rows"])
