"""Generates `docs/commands.md` from the commands: `python -m rederive.cli.manual`."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from typing import Any

import typer

from rederive.cli.main import make_app

HEAD = """# Commands

Made from the command itself by `python -m rederive.cli.manual > docs/commands.md`.

`rederive [--project DIR] COMMAND …`: `--project` names the project's folder (default: the present
one). An error is one line on stderr with its fix; `--debug` shows its trace too, for a report. Both
may stand before or behind the command's name. Results go to stdout, everything else to stderr. Exit
status 0: good; 1: something was found wrong; 2: the command was misused. SIGTERM, Ctrl-C and SIGHUP
stop `capture` and `materialize` cleanly at a cut; a second SIGTERM or Ctrl-C ends them at once.
"""


def manual() -> str:
    """The page as Markdown."""
    group: Any = typer.main.get_command(make_app())
    context = group.make_context("rederive", ["--help"], resilient_parsing=True)
    sections = ["\n".join(_section(*each)) for each in _commands(group, context, "")]
    return "\n".join([HEAD, *sections])


def _commands(group: Any, context: Any, prefix: str) -> Iterator[tuple[str, Any]]:
    """Every command with its full name, those of a group after the group."""
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        yield f"{prefix}{name}", command
        if hasattr(command, "list_commands"):
            yield from _commands(command, context, f"{prefix}{name} ")


def _section(name: str, command: Any) -> Iterator[str]:
    words, _, example = re.sub(r"\[(bold|/)\]", "`", command.help or "").partition("Example: ")
    yield f"## rederive {name}\n"
    yield words.strip() + "\n"
    if example:
        yield f"    {example.strip()}\n"
    rows = [_row(parameter) for parameter in command.params if not getattr(parameter, "hidden", 0)]
    if rows:
        yield "\n".join(["| argument | meaning |", "|---|---|", *rows]) + "\n"


def _row(parameter: Any) -> str:
    is_option = parameter.param_type_name == "option"
    names = ", ".join(parameter.opts) if is_option else parameter.metavar
    value = f" {parameter.metavar}" if is_option and parameter.metavar else ""
    default = parameter.default
    shown = default not in (None, "", False, True) and not callable(default)
    suffix = f" Default: {_plain(default)}." if shown else ""
    return f"| `{names}{value}` | {parameter.help}{suffix} |"


def _plain(default: object) -> str:
    return f"{default:g}" if isinstance(default, float) else str(default)


if __name__ == "__main__":
    sys.stdout.write(manual())
