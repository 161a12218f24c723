"""Arguments shared by `capture` and `materialize`, as one parameter of their functions."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any

import typer


class LogFormat(StrEnum):
    """The format of log lines."""

    text = "text"
    json = "json"


class LogLevel(StrEnum):
    """The lowest level that is logged."""

    debug = "debug"
    info = "info"
    warning = "warning"
    error = "error"


@dataclass(frozen=True, slots=True)
class ProcessOptions:
    """The command line's options of a process; None where not given."""

    log_format: LogFormat | None = None
    log_level: LogLevel | None = None
    listen: str | None = None
    while_stdin_open: bool = False


_FORMAT = typer.Option("--log-format", metavar="FORMAT", help="text or json, an object a line.")
_LEVEL = typer.Option("--log-level", metavar="LEVEL", help="debug, info, warning or error.")
_LISTEN = typer.Option(
    "--listen", metavar="HOST:PORT", help="Serve health and metrics there, such as 127.0.0.1:9464."
)
_STDIN = typer.Option("--while-stdin-open", hidden=True, help="Stop when stdin is closed.")
_PARAMETERS: dict[str, tuple[Any, object]] = {
    "log_format": (Annotated[LogFormat | None, _FORMAT], None),
    "log_level": (Annotated[LogLevel | None, _LEVEL], None),
    "listen": (Annotated[str | None, _LISTEN], None),
    "while_stdin_open": (Annotated[bool, _STDIN], False),
}


def with_process_options(command: Callable[..., None]) -> Callable[..., None]:
    """Adds these arguments to the command, which gets them as its one parameter `options`. (typer
    reads a command's arguments from its signature.)"""

    @functools.wraps(command)
    def called(**given: Any) -> None:
        options = ProcessOptions(**{name: given.pop(name) for name in _PARAMETERS})
        command(**given, options=options)

    signature = inspect.signature(command, eval_str=True)
    own = [parameter for name, parameter in signature.parameters.items() if name != "options"]
    shared = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=kind)
        for name, (kind, default) in _PARAMETERS.items()
    ]
    called.__dict__["__signature__"] = signature.replace(parameters=[*own, *shared])
    return called
