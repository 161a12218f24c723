"""The last step: compares every view in its sink with the same SQL run by PostgreSQL."""

from __future__ import annotations

from collections.abc import Mapping

from cdc.contract.cut import Cut
from cdc.errors import RederiveError
from materializers.project.project import Project
from materializers.sinks.registry import open_sink
from materializers.view import SinkDefinition, ViewSchema
from rederive.checks import source_schemas, view_schema
from rederive.cli.screen import Bars
from rederive.demo.compare import compare, run_in_postgres
from rederive.demo.postgres_select import postgres_select
from rederive.demo.report import Result


def compare_all(project: Project, lags: Mapping[str, float], bars: Bars) -> list[Result]:
    """Compare every sink of every view; the source must not change meanwhile."""
    schemas = source_schemas(project)
    return [
        _compare_sink(
            project,
            definition,
            view_schema(project, project.view(definition.view), schemas),
            lags[definition.name],
            bars,
        )
        for definition in project.sink_definitions
    ]


def _compare_sink(
    project: Project, definition: SinkDefinition, schema: ViewSchema, lag_s: float, bars: Bars
) -> Result:
    view = project.view(definition.view)
    connection = project.sinks[definition.connection]
    sink = open_sink(definition, connection, schema)
    try:
        live = [each for each in sink.generations().values() if each.is_live]
        if not live:
            message = f"Sink {definition.name} shows no generation of {definition.view}."
            raise RederiveError(message, fix="look at `rederive status`")
        comparison = compare(
            run_in_postgres(str(project.source.dsn), postgres_select(view)),
            sink.scan(live[0].number),
            schema,
            lambda rows: bars.show("compare", f"{definition.view}, rows", rows),
        )
        return Result(
            view=definition.view,
            sink=connection.type,
            rows=comparison.rows,
            cut=str(Cut.from_json(live[0].cut).lsn),
            lag_s=lag_s,
            rebuild_s=None,
            differences=comparison.differences,
            examples=comparison.examples,
        )
    finally:
        sink.close()
