"""Asks each sink for the generation that its readers see."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from functools import partial

from cdc.contract.cut import Cut
from cdc.errors import RederiveError
from cdc.unexpected import as_rederive_error
from materializers.project.project import Project
from materializers.sinks.registry import bounded, open_sink, without_columns
from materializers.sinks.sink import Sink
from materializers.view import SinkDefinition, ViewColumn, ViewSchema
from rederive.status.asking import ask_all
from rederive.status.facts import SinkFacts

SINK_S = 0.2
"""Extra time for each sink of a connection, as they are asked one after another."""


class SinkQuestions:
    """Asks the sinks of a project, repeatedly. A request may take `timeout_s`; a connection that
    was late is not asked again."""

    def __init__(self, project: Project, timeout_s: float, guard_s: float) -> None:
        self._project, self._timeout_s, self._guard_s = project, timeout_s, guard_s
        self._late: set[str] = set()
        self._facts: dict[str, SinkFacts] = {}

    @property
    def limit_s(self) -> float:
        """The longest time that `ask` takes, in seconds."""
        connections = Counter(each.connection for each in self._project.sink_definitions)
        return self._guard_s + SINK_S * max(connections.values(), default=0)

    def ask(self) -> dict[str, SinkFacts]:
        """The facts by sink. Connections are asked at once, the sinks of one in turn."""
        by_connection: dict[str, list[SinkDefinition]] = {}
        for definition in self._project.sink_definitions:
            if definition.connection not in self._late:
                by_connection.setdefault(definition.connection, []).append(definition)
        questions: dict[str, Callable[[], dict[str, SinkFacts]]] = {
            name: partial(self._ask_each, definitions)
            for name, definitions in by_connection.items()
        }
        for name, answer in ask_all(questions, self.limit_s).items():
            if isinstance(answer, RederiveError):
                self._late.add(name)
                answer = {each.name: _failed(answer) for each in by_connection[name]}
            self._facts |= answer
        return dict(self._facts)

    def _ask_each(self, definitions: list[SinkDefinition]) -> dict[str, SinkFacts]:
        facts: dict[str, SinkFacts] = {}
        for each in definitions:
            began = time.monotonic()
            facts[each.name] = self._ask_one(each)
            if facts[each.name].error and time.monotonic() - began > self._timeout_s:
                # It hangs: its other sinks would not answer either.
                return dict.fromkeys((d.name for d in definitions), facts[each.name]) | facts
        return facts

    def _ask_one(self, definition: SinkDefinition) -> SinkFacts:
        """Asks one sink. Closes its client at once, as servers limit their connections."""
        try:
            with closing(self._opened(definition)) as sink:
                live = [each for each in sink.generations().values() if each.is_live]
                owner = sink.owner()
        except Exception as error:  # any error is this sink's answer
            return _failed(as_rederive_error(error))
        if not live:
            return SinkFacts(owner=owner)
        cut = Cut.from_json(live[0].cut) if live[0].cut else None
        return SinkFacts("", "", live[0].number, live[0].version, cut, owner)

    def _opened(self, definition: SinkDefinition) -> Sink:
        connection = bounded(self._project.sinks[definition.connection], self._timeout_s)
        schema = ViewSchema(definition.view, (ViewColumn("id", "bigint"),), ("id",))
        return open_sink(without_columns(definition, connection), connection, schema)


def _failed(error: RederiveError) -> SinkFacts:
    return SinkFacts(error=" ".join(error.message.split()), fix=error.fix)
