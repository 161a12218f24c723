"""The checks of `rederive check`: source and broker first, then views, then sinks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from cdc.check import Check
from cdc.contract.schemas import TableSchema
from cdc.errors import RederiveError
from cdc.position import Lsn
from cdc.preflight import preflight
from cdc.sources.postgres.catalog import table_schema
from cdc.sources.postgres.connection import connect, source_errors
from cdc.sources.postgres.fitness import fitness
from materializers.errors import ViewError
from materializers.plan.plan import make_plan
from materializers.project import Project
from materializers.sinks.registry import open_sink
from materializers.view import SinkDefinition, ViewDefinition, ViewSchema


def all_checks(project: Project) -> Iterator[Check]:
    """One check at a time, so that slow ones can be shown as they come. Changes nothing.

    Views are planned against the source's own tables, so they can be checked before anything was
    captured; where the source cannot be asked, nothing is said of views and sinks.
    """
    views, sinks = len(project.views), len(project.sink_definitions)
    yield Check("project", True, f"{project.folder}: {views} views, {sinks} sinks")
    found = preflight(project.source, project.kafka)
    yield from found
    if any(check.is_fatal and check.name == "source" for check in found):
        return
    schemas = source_schemas(project)
    for view in project.views:
        if view not in project.kept_views:
            readers = ", ".join(project.readers_of(view.name))
            yield Check(f"view {view.name}", True, f"no sink; planned inside {readers}")
            continue
        planned = _planned(project, view, schemas)
        if isinstance(planned, Check):
            yield planned
            continue
        key = ", ".join(planned.key)
        yield Check(f"view {view.name}", True, f"{len(planned.columns)} columns, key ({key})")
        for definition in project.sinks_of(view.name):
            yield _check_sink(project, definition, planned)


def source_schemas(project: Project) -> dict[str, TableSchema]:
    """The captured tables as the source has them now. Raises SourceError."""
    source = project.source
    with connect(source) as connection, source_errors(source, "read the tables of"):
        tables = fitness(source, connection).captured
        return {table.name: table_schema(connection, table, Lsn(0)) for table in tables}


def view_schema(
    project: Project, view: ViewDefinition, schemas: Mapping[str, TableSchema]
) -> ViewSchema:
    """A view's columns and key. Raises ViewError."""
    return make_plan(view, schemas, project.key_of(view.name), view.name).schema


def _planned(
    project: Project, view: ViewDefinition, schemas: Mapping[str, TableSchema]
) -> ViewSchema | Check:
    try:
        return view_schema(project, view, schemas)
    except ViewError as error:
        where = f"\n{error.excerpt}\n" if error.excerpt else ""
        return Check(f"view {view.name}", False, f"{error.message}{where}", error.fix)


def _check_sink(project: Project, definition: SinkDefinition, schema: ViewSchema) -> Check:
    name = f"sink {definition.name}"
    connection = project.sinks[definition.connection]
    try:
        sink = open_sink(definition, connection, schema)
        try:
            live = [each.number for each in sink.generations().values() if each.is_live]
        finally:
            sink.close()
    except RederiveError as error:
        return Check(name, False, error.message, error.fix)
    shown = f"generation {live[0]} is live" if live else "no generation yet"
    return Check(name, True, f"{connection.type} answers, {shown}")
