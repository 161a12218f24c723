"""`[log]` of the project file: how the two processes log."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cdc.config_file import Section, read_file

FORMATS = ("text", "json")
LEVELS = ("debug", "info", "warning", "error")


@dataclass(frozen=True, slots=True)
class LogSettings:
    """`format`: lines for people, or one JSON object a line. `level`: the least that is logged."""

    format: str = "text"
    level: str = "info"

    def overruled_by(self, form: str | None, level: str | None) -> LogSettings:
        """As the command line says, where it does."""
        return LogSettings(form or self.format, level or self.level)


def read_log(root: Section) -> LogSettings:
    """The `[log]` table."""
    section = root.table("log")
    settings = LogSettings(
        format=section.one_of("format", FORMATS, "text"),
        level=section.one_of("level", LEVELS, "info"),
    )
    section.finish()
    return settings


def load_log(folder: Path) -> LogSettings:
    """What `rederive.toml` says of logs, whatever else of it is amiss. Raises ConfigError."""
    root = read_file(folder)
    settings = read_log(root)
    return settings if not root.problems.found else LogSettings()
