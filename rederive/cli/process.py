"""A long-running process: sets up its log, whose first line says what it is and whose last line
says why it ends."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from cdc import __version__
from cdc.errors import ConfigError, RederiveError
from cdc.http_settings import Address
from cdc.log_settings import LogSettings, load_log
from cdc.unexpected import as_rederive_error
from rederive.cli.faults import is_debugging
from rederive.cli.log import logs
from rederive.cli.options import folder_of
from rederive.cli.process_options import ProcessOptions
from rederive.cli.screen import Bars, err, sentence
from rederive.cli.stopping import Stop, stop_on_closed_stdin, stop_on_signals
from rederive.http.health import health
from rederive.http.pulse import Pulse

if TYPE_CHECKING:
    from materializers.project.project import Project


@dataclass(frozen=True, slots=True)
class Running:
    """What the process works with. Its loop ends when `stop` is set, and beats `pulse`."""

    project: Project
    stop: Stop
    bars: Bars
    pulse: Pulse


@contextmanager
def running(name: str, context: typer.Context, options: ProcessOptions) -> Iterator[Running]:
    """`rederive NAME` at work. An error that ends the block is logged in one line; then raises
    SystemExit(1)."""
    settings = _settings(folder_of(context)).overruled_by(options.log_format, options.log_level)
    logger, began = logging.getLogger(f"rederive.{name}"), time.monotonic()
    stop = stop_on_signals()
    if options.while_stdin_open:
        stop_on_closed_stdin(stop)
    is_text = settings.format == "text"
    with logs(settings) as logged, Bars(logger, is_live=is_text) as bars:
        try:
            project, pulse = _begun(name, folder_of(context), logger), Pulse()
            address = _address(options) or project.http.of(name)
            with health(name, project, address, pulse.silent_s, logged):
                yield Running(project, stop, bars, pulse)
        except Exception as error:
            failure = as_rederive_error(error)
            if bars.is_live:  # a user at the terminal may see values of rows
                failure.without_values = ""
            _log_fault(name, logger, time.monotonic() - began, failure, error)
            if is_text and (excerpt := getattr(error, "excerpt", "")):
                err().print(excerpt, soft_wrap=True, markup=False)
            raise SystemExit(1) from error
        elapsed_s = time.monotonic() - began
        logger.info(
            "%s ends after %.1f s: %s", name, elapsed_s, stop.reason or "its work is done",
            extra={"event": "end", "reason": stop.reason, "elapsed_s": round(elapsed_s, 1)},
        )  # fmt: skip


def _address(options: ProcessOptions) -> Address | None:
    if options.listen is None:
        return None
    address = Address.parse(options.listen)
    if address is None:
        fix = "write it as 127.0.0.1:9464"
        raise RederiveError(f"--listen: {options.listen!r} is no address.", fix=fix)
    return address


def _settings(folder: Path) -> LogSettings:
    try:
        return load_log(folder)
    except RederiveError:
        return LogSettings()  # reading the project reports what is wrong with the file


def _begun(name: str, folder: Path, logger: logging.Logger) -> Project:
    """The project, after logging what the process is."""
    from materializers.project.project import load_project

    project = load_project(folder)
    facts = {
        "version": __version__,
        "project": str(folder.resolve()),
        "pid": os.getpid(),
        "source": project.source.name,
        "kafka": project.kafka.address,
        "state": str(project.pipeline.state.resolve()),
    }
    listed = ", ".join(f"{fact} {value}" for fact, value in facts.items())
    logger.info("%s begins: %s", name, listed, extra={"event": "begin", **facts})
    for warning in project.warnings:
        logger.warning("%s", warning)
    return project


def _log_fault(
    name: str, logger: logging.Logger, elapsed_s: float, failure: RederiveError, error: Exception
) -> None:
    problems = failure.problems if isinstance(failure, ConfigError) else []
    if len(problems) == 1:
        failure = problems[0]
    elif problems:
        for problem in problems:
            logger.error("%s%s", problem.logged, _fix(problem), extra={"fix": problem.fix})
        failure = RederiveError(f"The project's files have {len(problems)} faults.")
    logger.error(
        "%s ends after %.1f s: %s%s", name, elapsed_s, failure.logged, _fix(failure),
        extra={"event": "end", "reason": failure.logged, "fix": failure.fix,
               "elapsed_s": round(elapsed_s, 1)},
        exc_info=error if is_debugging() else None,
    )  # fmt: skip


def _fix(error: RederiveError) -> str:
    return f" Fix: {sentence(error.fix)}" if error.fix else ""
