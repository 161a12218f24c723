"""A project: `rederive.toml` and `views/*.sql` as values, checked against each other.

Reading a project opens no connection and reports all faults at once. The planner checks views'
SQL against the tables; `rederive check` asks the servers.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from cdc.config import Kafka, Source
from cdc.config_file import Section, read_file, read_kafka, read_sources
from cdc.errors import ConfigError, RederiveError
from cdc.http_settings import HttpSettings, read_http
from cdc.log_settings import read_log
from materializers.errors import ViewError
from materializers.project.ddl import parse_definitions
from materializers.project.references import linked
from materializers.sinks.connection import MAX_DEAD_LETTERS, ON_REFUSED, SinkConnection
from materializers.sinks.registry import SINK_TYPES
from materializers.sql.catalogue import BUILT_IN, FunctionCatalogue
from materializers.view import SinkDefinition, ViewDefinition

ON_GAP = ("rebuild", "stop")
ENGINES = ("duckdb", "auto")


@dataclass(frozen=True, slots=True)
class PipelineSettings:
    """`[pipeline]`: the state folder, the view files, and the engine's limits.

    `state`: folder of the state file, logs and sockets. `batch_rows_max`: the most records of one
    batch. `memory_limit`: DuckDB's, such as `2GB`; "" for its default. `threads`: DuckDB's; 0 for
    one per core. `on_gap`: what materialize does if the topics have lost deletions after its last
    cut. `outbox_rows_max`: the most changes of a view that are kept for a sink that is away.
    `engine`: what keeps views: DuckDB, or with `auto` that or the row engine, whichever is cheaper.
    `check_engines`: views that are handed over stay in both engines, which are compared.
    """

    state: Path
    views: tuple[str, ...] = ("views/*.sql",)
    batch_rows_max: int = 200_000
    memory_limit: str = ""
    threads: int = 0
    on_gap: str = "rebuild"
    outbox_rows_max: int = 2_000_000
    engine: str = "duckdb"
    check_engines: bool = False


@dataclass(frozen=True, slots=True)
class Project:
    """Everything that a project's files say. `functions`: those that its views may call.
    `warnings`: lines about what is legal but odd."""

    folder: Path
    sources: tuple[Source, ...]
    kafka: Kafka
    sinks: Mapping[str, SinkConnection]
    pipeline: PipelineSettings
    views: tuple[ViewDefinition, ...]
    sink_definitions: tuple[SinkDefinition, ...]
    functions: FunctionCatalogue
    warnings: tuple[str, ...] = ()
    http: HttpSettings = field(default_factory=HttpSettings)

    @property
    def source(self) -> Source:
        """The source. There is exactly one, as a pipeline follows one database's commits."""
        return self.sources[0]

    def key_of(self, view: str) -> tuple[str, ...] | None:
        """The key that the view's sinks declare by `key = 'a, b'`; None: inferred."""
        for sink in self.sinks_of(view):
            if "key" in sink.options:
                return _key_columns(sink)
        return None

    def view(self, name: str) -> ViewDefinition:
        """The view of that name. Raises RederiveError, with the nearest name as fix."""
        for view in self.views:
            if view.name == name:
                return view
        names = [view.name for view in self.views]
        raise RederiveError(f"There is no view {name!r}.", fix=_did_you_mean(name, names))

    @property
    def maintained_views(self) -> tuple[ViewDefinition, ...]:
        """The views with rows of their own. A view that others read, without a sink, is planned
        inside those instead."""
        inner = {each.name for view in self.views for each in view.over}
        return tuple(v for v in self.views if v.name not in inner or self.sinks_of(v.name))

    def maintained_view(self, name: str) -> ViewDefinition:
        """The view of that name, with what it needs. Raises ViewError."""
        for definition in self.maintained_views:
            if definition.name == name:
                return definition
        if readers := self.readers_of(name):
            raise ViewError(
                f"View {name} has no sink, and no rows of its own.",
                fix=f"name a view that reads it: {', '.join(readers)}",
            )
        names = ", ".join(sorted(v.name for v in self.maintained_views))
        raise ViewError(
            f"There is no view {name} in the files as last applied.",
            fix=f"name one of {names}",
        )

    def readers_of(self, name: str) -> tuple[str, ...]:
        """The views that read a view."""
        return tuple(v.name for v in self.views if name in {each.name for each in v.over})

    def sinks_of(self, view: str) -> tuple[SinkDefinition, ...]:
        """The sinks of a view."""
        return tuple(sink for sink in self.sink_definitions if sink.view == view)


def load_project(folder: Path) -> Project:
    """Read a project's folder. Raises ConfigError with every fault found."""
    project, faults = _read(folder)
    return with_views(project, faults)


def load_without_views(folder: Path) -> Project:
    """The project without views, by `rederive.toml` alone. Raises ConfigError."""
    project, faults = _read(folder)
    if faults:
        raise ConfigError(faults)
    return project


def _read(folder: Path) -> tuple[Project, list[RederiveError]]:
    root = read_file(folder)
    sources = read_sources(root)
    if len(sources) > 1:
        fix = "give each source a project of its own."
        root.problems.add("source", "there is more than one source.", fix)
    kafka = read_kafka(root)
    sinks = _read_connections(root)
    pipeline = _read_pipeline(root, folder)
    read_log(root)  # used already; read here so that its keys are known
    http = read_http(root)
    root.finish()
    project = Project(folder, sources, kafka, sinks, pipeline, (), (), BUILT_IN, http=http)
    return project, root.problems.faults


def with_views(project: Project, faults: Iterable[RederiveError] = ()) -> Project:
    """The project with its view files as they are now. Raises ConfigError with every fault,
    including `faults`."""
    problems = list(faults)
    views, definitions = _read_views(project.folder, project.pipeline, problems)
    problems.extend(_duplicates(views, "view"))
    problems.extend(_duplicates(definitions, "sink"))
    problems.extend(_dangling(views, definitions, project.sinks))
    problems.extend(_unlike_keys(definitions))
    views, circles = linked(views)
    problems.extend(circles)
    if problems:
        raise ConfigError(problems)
    warnings = _unkept(views, definitions)
    return replace(project, views=views, sink_definitions=definitions, warnings=warnings)


def load_pipeline(folder: Path) -> PipelineSettings:
    """The pipeline settings of `rederive.toml`, whatever else is wrong with the project."""
    root = read_file(folder)
    pipeline = _read_pipeline(root, folder)
    root.problems.raise_any()
    return pipeline


def no_view(patterns: str) -> RederiveError:
    """The error for a project without views: probably the folder is missing."""
    return RederiveError(
        f"No file that matches {patterns} defines a view.",
        fix="write CREATE MATERIALIZED VIEW name AS SELECT …; into one",
    )


def _read_connections(root: Section) -> dict[str, SinkConnection]:
    return {name: _read_connection(name, section) for name, section in root.tables("sink")}


def _read_connection(name: str, section: Section) -> SinkConnection:
    type_ = section.one_of("type", SINK_TYPES)
    on_refused = section.one_of("on_refused", ON_REFUSED, "dead-letter")
    most = section.integer("max_dead_letters", MAX_DEAD_LETTERS)
    return SinkConnection(name, type_, section.rest(), on_refused, most)


def _read_pipeline(root: Section, folder: Path) -> PipelineSettings:
    section = root.table("pipeline")
    pipeline = PipelineSettings(
        state=folder / section.text("state", ".rederive"),
        views=section.texts("views", ("views/*.sql",)),
        batch_rows_max=section.integer("batch_rows_max", 200_000),
        memory_limit=section.text("memory_limit", ""),
        threads=section.integer("threads", 0, minimum=0),
        on_gap=section.one_of("on_gap", ON_GAP, "rebuild"),
        outbox_rows_max=section.integer("outbox_rows_max", 2_000_000),
        engine=section.one_of("engine", ENGINES, "duckdb"),
        check_engines=section.flag("check_engines", False),
    )
    if pipeline.check_engines and pipeline.engine != "auto":
        key, fix = section.key("check_engines"), 'set engine = "auto", or leave it out.'
        section.problems.add(key, "compares two engines, and there is one.", fix)
    section.finish()
    return pipeline


def _read_views(
    folder: Path, pipeline: PipelineSettings, problems: list[RederiveError]
) -> tuple[tuple[ViewDefinition, ...], tuple[SinkDefinition, ...]]:
    views: list[ViewDefinition] = []
    sinks: list[SinkDefinition] = []
    for file in _view_files(folder, pipeline, problems):
        try:
            text = file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            fix = "make it a readable UTF-8 file."
            problems.append(RederiveError(f"{file} cannot be read: {error}.", fix=fix))
            continue
        definitions = parse_definitions(file, text)
        views.extend(definitions.views)
        sinks.extend(definitions.sinks)
        problems.extend(definitions.problems)
    return tuple(views), tuple(sinks)


def _view_files(
    folder: Path, pipeline: PipelineSettings, problems: list[RederiveError]
) -> list[Path]:
    files: dict[Path, None] = {}
    for pattern in pipeline.views:
        try:
            paths = sorted(path for path in folder.glob(pattern) if path.is_file())
        except (ValueError, NotImplementedError) as error:
            message = f"{folder / 'rederive.toml'}: pipeline.views: {pattern!r}: {error}."
            problems.append(RederiveError(message, fix="write it relative to the project."))
            continue
        files.update(dict.fromkeys(paths))
    return list(files)


def _duplicates(
    definitions: Iterable[ViewDefinition | SinkDefinition], kind: str
) -> list[RederiveError]:
    first: dict[str, ViewDefinition | SinkDefinition] = {}
    problems = []
    for each in definitions:
        other = first.setdefault(each.name, each)
        if other is not each:
            message = f"{each.file}:{each.line}: {kind} {each.name} is also defined in "
            message += f"{other.file}:{other.line}."
            problems.append(RederiveError(message, fix="rename or remove one."))
    return problems


def _dangling(
    views: tuple[ViewDefinition, ...],
    definitions: tuple[SinkDefinition, ...],
    connections: Mapping[str, SinkConnection],
) -> list[RederiveError]:
    """Sinks whose view or connection does not exist."""
    problems = []
    names = [view.name for view in views]
    for sink in definitions:
        where = f"{sink.file}:{sink.line}: sink {sink.name}"
        if sink.view not in names:
            fix = _did_you_mean(sink.view, names)
            problems.append(RederiveError(f"{where}: there is no view {sink.view!r}.", fix=fix))
        if sink.connection not in connections:
            fix = _did_you_mean(sink.connection, list(connections))
            message = f"{where}: there is no table [sink.{sink.connection}] in rederive.toml."
            problems.append(RederiveError(message, fix=fix))
    return problems


def _unlike_keys(definitions: tuple[SinkDefinition, ...]) -> list[RederiveError]:
    """Sinks that declare another key than an earlier sink of the view."""
    first: dict[str, SinkDefinition] = {}
    problems = []
    for sink in definitions:
        if "key" not in sink.options:
            continue
        other = first.setdefault(sink.view, sink)
        if set(_key_columns(other)) != set(_key_columns(sink)):
            message = f"{sink.file}:{sink.line}: sink {sink.name} gives {sink.view} another key "
            message += f"than sink {other.name}."
            problems.append(RederiveError(message, fix="give the same key, or none."))
    return problems


def _key_columns(sink: SinkDefinition) -> tuple[str, ...]:
    return tuple(column.strip() for column in sink.options["key"].split(",") if column.strip())


def _unkept(
    views: tuple[ViewDefinition, ...], definitions: tuple[SinkDefinition, ...]
) -> tuple[str, ...]:
    read = {sink.view for sink in definitions}
    read |= {inner.name for view in views for inner in view.over}
    lines = [
        f"{view.file}:{view.line}: view {view.name} has no sink: nobody can read it."
        for view in views
        if view.name not in read
    ]
    return tuple(lines) if views else ("The project has no view.",)


def _did_you_mean(word: str, known: list[str]) -> str:
    guess = difflib.get_close_matches(word, known, n=1)
    if guess:
        return f"write {guess[0]!r}."
    return f"use one of {', '.join(known)}." if known else "define it."
