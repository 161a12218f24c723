"""The checks of `rederive check`: source and broker first, then views, then sinks,
then what has stopped in a running `materialize`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from cdc.check import Check
from cdc.contract.schemas import TableSchema
from cdc.position import Lsn
from cdc.preflight import preflight
from cdc.sources.postgres.catalogue.look import literally, look, schema_of
from cdc.sources.postgres.connection import connect, source_errors
from cdc.sources.postgres.fitness.fitness import LeftOut, fitness
from materializers.control.state_lock import MATERIALIZE
from materializers.errors import ViewError
from materializers.project.project import Project
from materializers.project.references import tables_read
from materializers.sql.plan import plan_view
from materializers.view import ViewDefinition, ViewSchema
from rederive.sink_checks import ANSWER_TIMEOUT_S, check_sink, check_unseen
from rederive.status.ask_process import ask_process


def all_checks(project: Project) -> Iterator[Check]:
    """One check at a time, so that slow ones can be shown as they arrive. Changes nothing.

    Views are planned over the source's own tables, so they can be checked before a first capture.
    If the source does not answer, views are not checked.
    """
    views, sinks = len(project.views), len(project.sink_definitions)
    yield Check("project", True, f"{project.folder}: {views} views, {sinks} sinks")
    facts = preflight(project.source, project.kafka)
    yield from facts
    seen: set[str] = set()
    if not any(check.is_fatal and check.name == "source" for check in facts):
        yield from _check_views(project, seen)
    yield from check_unseen(project, seen)
    yield from _check_running(project)


def _check_running(project: Project) -> Iterator[Check]:
    """The views that have stopped in a running `materialize`."""
    answer = ask_process(project.pipeline.state, MATERIALIZE, ANSWER_TIMEOUT_S).answer
    stopped = [each for each in answer.get("views", ()) if each["phase"] == "stopped"]
    for view, reason in {each["view"]: str(each["error"]) for each in stopped}.items():
        message, _, fix = reason.partition(" Fix: ")
        yield Check(f"view {view}", False, f"it has stopped: {message}", fix)


def _check_views(project: Project, seen: set[str]) -> Iterator[Check]:
    """Checks each view and its sinks. Adds the connections tried to `seen`."""
    schemas, left_out = _source_tables(project)
    for view in project.views:
        if view not in project.maintained_views:
            readers = ", ".join(project.readers_of(view.name))
            yield Check(f"view {view.name}", True, f"no sink; planned inside {readers}")
            continue
        planned = _without_table(view, left_out) or _planned(project, view, schemas)
        if isinstance(planned, Check):
            yield planned
            continue
        key = ", ".join(planned.key)
        yield Check(f"view {view.name}", True, f"{len(planned.columns)} columns, key ({key})")
        for definition in project.sinks_of(view.name):
            seen.add(definition.connection)
            yield from check_sink(definition, project.sinks[definition.connection], planned)


def source_schemas(project: Project) -> dict[str, TableSchema]:
    """The captured tables as the source has them now. Raises SourceError."""
    return _source_tables(project)[0]


def _source_tables(project: Project) -> tuple[dict[str, TableSchema], dict[str, LeftOut]]:
    """The captured tables, and those that a wildcard matches but that cannot be captured."""
    source = project.source
    with connect(source) as connection, source_errors(source, "read the tables of"):
        fit = fitness(source, connection)
        seen = look(source, connection, [literally(table.name) for table in fit.captured])
        definitions = seen.definitions.values()
        schemas = {d.table: schema_of(connection, d, Lsn(0)) for d in definitions}
        return schemas, {each.table: each for each in fit.left_out}


def _without_table(view: ViewDefinition, left_out: Mapping[str, LeftOut]) -> Check | None:
    """The failed check of a view that reads a table that cannot be captured."""
    for name in sorted(tables_read(view) & left_out.keys()):
        table = left_out[name]
        message = f"view {view.name} reads table {name}, which cannot be captured: "
        return Check(f"view {view.name}", False, f"{message}it {table.reason}", table.fix)
    return None


def view_schema(
    project: Project, view: ViewDefinition, schemas: Mapping[str, TableSchema]
) -> ViewSchema:
    """A view's columns and key. Raises ViewError."""
    return plan_view(view, schemas, project.key_of(view.name), project.functions).schema


def _planned(
    project: Project, view: ViewDefinition, schemas: Mapping[str, TableSchema]
) -> ViewSchema | Check:
    try:
        return view_schema(project, view, schemas)
    except ViewError as error:
        where = f"\n{error.excerpt}\n" if error.excerpt else ""
        return Check(f"view {view.name}", False, f"{error.message}{where}", error.fix)
