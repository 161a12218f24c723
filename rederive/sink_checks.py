"""Checks of sinks: that each answers, even if no view can be planned, and its user's rights."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from cdc.check import Check
from cdc.errors import RederiveError
from materializers.project.project import Project
from materializers.sinks.connection import SinkConnection
from materializers.sinks.registry import bounded, open_sink, without_columns
from materializers.view import SinkDefinition, ViewColumn, ViewSchema

ANSWER_TIMEOUT_S = 10.0


def check_sink(
    definition: SinkDefinition, connection: SinkConnection, schema: ViewSchema
) -> Iterator[Check]:
    """Checks one sink of a view: that it answers, what it holds, which rights are missing."""
    name, connection = f"sink {definition.name}", bounded(connection, ANSWER_TIMEOUT_S)
    try:
        lacking = list(_missing_rights(definition, connection, schema))
        live = [] if lacking else _live(definition, connection, schema)
    except RederiveError as error:
        yield Check(name, False, " ".join(error.message.split()), error.fix)
        return
    for message, fix in lacking:
        yield Check(name, False, message, fix)
    shown = f"generation {live[0]} is live" if live else "no generation yet"
    if not lacking:
        yield Check(name, True, f"{connection.type} answers, {shown}")


def _live(definition: SinkDefinition, connection: SinkConnection, schema: ViewSchema) -> list[int]:
    """The number of the live generation, if any."""
    with closing(open_sink(definition, connection, schema)) as sink:
        return [each.number for each in sink.generations().values() if each.is_live]


def check_unseen(project: Project, seen: set[str]) -> Iterator[Check]:
    """Checks the connections that no sink of a planned view has tried; `seen` names the others."""
    for name, connection in project.sinks.items():
        if name in seen:
            continue
        definitions = [d for d in project.sink_definitions if d.connection == name]
        checks = list(check_connection(connection, definitions))
        used = "" if definitions else ", and no view uses it"
        for check in checks:
            message = f"{connection.type} answers{used}" if check.ok else check.message
            yield Check(f"[sink.{name}]", check.ok, message, check.fix)


def check_connection(
    connection: SinkConnection, definitions: Sequence[SinkDefinition] = ()
) -> Iterator[Check]:
    """Checks that the server answers and what rights its user lacks, without a view."""
    return check_sink(_stand_in(connection, definitions), connection, _ANYTHING)


_ANYTHING = ViewSchema("rederive_check", (ViewColumn("id", "bigint"),), ("id",))


def _stand_in(connection: SinkConnection, definitions: Sequence[SinkDefinition]) -> SinkDefinition:
    """A sink of no view, in place of one that cannot be planned. Only used for reading."""
    if definitions:
        return replace(without_columns(definitions[0], connection), view=_ANYTHING.name)
    file = Path("rederive.toml")
    return SinkDefinition(_ANYTHING.name, _ANYTHING.name, connection.name, {}, file, 1)


def _missing_rights(
    definition: SinkDefinition, connection: SinkConnection, schema: ViewSchema
) -> Iterator[tuple[str, str]]:
    if connection.type != "postgresql":
        return
    from materializers.sinks.postgresql import PostgresqlSink

    with closing(PostgresqlSink(definition, connection, schema)) as sink:
        yield from sink.missing_rights()
