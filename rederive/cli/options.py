"""Arguments shared by several commands."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from materializers.project.project import Project

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]
ViewArgument = Annotated[str, typer.Argument(metavar="VIEW", help="A view of the project.")]


def folder_of(context: typer.Context) -> Path:
    """The project's folder, as `--project` says."""
    folder: Path = context.obj
    return folder


def project_of(context: typer.Context) -> Project:
    """The project, read and checked; prints its warnings."""
    from materializers.project.project import load_project
    from rederive.cli.screen import err

    project = load_project(folder_of(context))
    for warning in project.warnings:
        err().print(f"[yellow]Warning:[/] {warning}", soft_wrap=True)
    return project


def known_view(project: Project, name: str) -> str:
    """The name, if the project has such a view; else raises BadParameter."""
    names = [view.name for view in project.views]
    if name not in names:
        raise typer.BadParameter(f"there is no view {name!r} (views: {', '.join(names)})")
    return name
