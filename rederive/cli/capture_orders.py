"""`rederive capture add`, `remove`, `refresh`, `status`: requests to the running capture."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rederive.cli.options import JsonOption, folder_of, project_of

if TYPE_CHECKING:
    from cdc.control import Control
    from materializers.project.project import Project

SILENCE_MAX_S = 15.0
"""Capture answers every second, however long the work takes."""

TableArgument = Annotated[
    str, typer.Argument(metavar="TABLE", help="A table, schema.table, or a pattern of names.")
]
TimeoutOption = Annotated[
    float,
    typer.Option(
        "--timeout", metavar="SECONDS", min=0,
        help="Give up without progress for so long; capture goes on.",
    ),
]  # fmt: skip


def add(
    context: typer.Context,
    tables: Annotated[
        list[str], typer.Argument(metavar="TABLE", help="Tables, schema.table, or patterns.")
    ],
    timeout_s: TimeoutOption = 60.0,
    as_json: JsonOption = False,
) -> None:
    """Capture more tables from now on, and wait until their rows are published.

    Tables that rederive.toml does not name are captured only until capture's next start. Exit
    status 1 where a table cannot be captured.

    Example: rederive capture add public.orders
    """
    from rederive.cli.screen import err

    project = project_of(context)
    control = _control(project, _named(project, tables))
    outcomes = [_follow(control, "add", as_json, timeout_s, table=table) for table in tables]
    for table, outcome in zip(tables, outcomes, strict=True):
        if not outcome and not as_json:
            err().print(f"{table} is captured already.", soft_wrap=True)
        if not _pattern_of(project, table):
            line = f"A restart forgets {table}: add it to {_setting(project)}."
            err().print(line, soft_wrap=True)
    left_out = [each for outcome in outcomes for each in outcome if each["phase"] == "left out"]
    if left_out:
        raise typer.Exit(1)


def remove(
    context: typer.Context,
    tables: Annotated[
        list[str], typer.Argument(metavar="TABLE", help="Tables, schema.table, or patterns.")
    ],
    timeout_s: TimeoutOption = 60.0,
    as_json: JsonOption = False,
) -> None:
    """Stop capturing tables. The views that read them stop; their topics stay.

    Tables that rederive.toml still names are captured again at capture's next start.

    Example: rederive capture remove public.orders
    """
    from rederive.cli.screen import err

    project = project_of(context)
    control = _control(project, "take it out of the source's tables in rederive.toml")
    for table in tables:
        _follow(control, "remove", as_json, timeout_s, table=table)
        pattern = _pattern_of(project, table)
        if pattern:
            names = f'"{pattern}" names it, in {_setting(project)}'
            line = f"A restart captures {table} again: {names}."
            err().print(line, soft_wrap=True)


def refresh(
    context: typer.Context,
    table: TableArgument,
    where: Annotated[
        str,
        typer.Option(
            "--where",
            metavar="CONDITION",
            help="Only rows for which this SQL over the key is true.",
        ),
    ] = "",
    timeout_s: TimeoutOption = 60.0,
    as_json: JsonOption = False,
) -> None:
    """Refill a table: copy it from the source again and publish all of it.

    With --where, publishes only these rows again, and removes none: to remove rows that the source
    no longer has, refresh the whole table.

    Example: rederive capture refresh public.orders --where "id BETWEEN 1 AND 1000"
    """  # fmt: skip
    control = _control(project_of(context), "start `rederive capture`")
    _follow(control, "refresh", as_json, timeout_s, table=table, where=where)


def status(context: typer.Context, as_json: JsonOption = False) -> None:
    """Show the running capture's position, its lag, and the tables that it copies.

    Exit status 1 where none runs here, or it waits for a server.

    Example: rederive capture status --json
    """
    from cdc.control import Control
    from materializers.project.project import load_pipeline
    from rederive.cli.screen import out, show_json
    from rederive.listening import PROCESS

    control = Control.connect(load_pipeline(folder_of(context)).state, PROCESS)
    if control is None:
        raise _none_runs("start `rederive capture`")
    answer = control.request("status", silence_max_s=SILENCE_MAX_S)
    if as_json:
        show_json(answer)
    else:
        for line in _lines(answer):
            out().print(line, soft_wrap=True, markup=False)
    if answer["trouble"]:
        raise typer.Exit(1)


def _control(project: Project, fix: str) -> Control:
    from cdc.control import Control
    from rederive.listening import PROCESS

    control = Control.connect(project.pipeline.state, PROCESS)
    if control is None:
        raise _none_runs(fix)
    return control


def _none_runs(fix: str) -> Exception:
    from cdc.errors import RederiveError

    return RederiveError("No capture runs here.", fix=fix)


def _named(project: Project, tables: list[str]) -> str:
    """What to do to add tables while no capture runs."""
    missing = [table for table in tables if not _pattern_of(project, table)]
    if not missing:
        return "start `rederive capture`: rederive.toml names what is to be added"
    return f"add {', '.join(missing)} to the source's tables in rederive.toml, then start it"


def _setting(project: Project) -> str:
    return f"tables under \\[source.{project.source.name}] in rederive.toml"


def _pattern_of(project: Project, table: str) -> str:
    """The pattern of rederive.toml that matches the table, or ""."""
    return next((p for p in project.source.tables if p == table or fnmatchcase(table, p)), "")


def _follow(
    control: Control, command: str, as_json: bool, timeout_s: float, **arguments: Any
) -> list[Mapping[str, Any]]:
    """Show an order's progress until it is done; returns the last answer for each table."""
    from rederive.cli.screen import Bars, err, show_json

    ended: dict[str, Mapping[str, Any]] = {}
    with Bars() as bars:
        answers = control.stream(
            command, silence_max_s=SILENCE_MAX_S, timeout_s=timeout_s, **arguments
        )
        for answer in answers:
            if answer["phase"] in ("published", "left out"):
                ended[answer["table"]] = answer
            else:
                _show(bars, arguments["table"], answer)
    if as_json:
        show_json(list(ended.values()))
    else:
        for each in ended.values():
            err().print(_ended(command, each), soft_wrap=True, markup=False)
    return list(ended.values())


def _show(bars: Any, table: str, answer: Mapping[str, Any]) -> None:
    name, phase, rows = answer.get("table", table), answer["phase"], answer.get("rows", 0)
    why = f": {answer['why']}" if phase == "waits" and answer.get("why") else ""
    estimated = answer.get("rows_estimated", 0)
    bars.show(name, f"{phase}{why}", rows, max(rows, estimated) if estimated else 0)


def _ended(command: str, answer: Mapping[str, Any]) -> str:
    if answer["phase"] == "left out":
        return str(answer["why"])
    if command == "remove":
        return f"{answer['table']} is captured no longer: the views that read it stop."
    return f"{answer['table']}: {answer['rows']:,} rows are published."


def _lines(answer: Mapping[str, Any]) -> list[str]:
    """The status as text."""
    lines = [f"capture of {answer['source']}: {answer['phase']}"]
    if answer["trouble"]:
        lines.append(f"waits: {answer['trouble']}")
    if "lsn" in answer:
        seconds = "" if answer["lag_s"] is None else f", newest commit {answer['lag_s']:g} s ago"
        lines.append(f"newest cut {answer['lsn']}, {answer['lag_bytes']:,} bytes behind{seconds}")
        lines.append(f"tables known as of {answer['catalogue_at']}")
        lines += [_reading_line(reading) for reading in answer["readings"]]
        lines += [f"left out: {reason}" for reason in answer["left_out"].values()]
    if answer["removed"]:
        lines.append(f"removed until the next start: {', '.join(answer['removed'])}")
    if answer["warning"]:
        lines.append(f"newest warning: {answer['warning']['text']}")
    return lines


def _reading_line(reading: Mapping[str, Any]) -> str:
    about = f" of about {reading['rows_estimated']:,}" if reading["rows_estimated"] else ""
    why = f" ({reading['why']})" if reading["phase"] == "waits" and reading["why"] else ""
    return f"{reading['table']} {reading['phase']}{why}: {reading['rows']:,}{about} rows read"
