"""`[log]` of the project file: how the two processes log."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cdc.config_file import Section, read_file

FORMATS = ("text", "json")
LEVELS = ("debug", "info", "warning", "error")


@dataclass(frozen=True, slots=True)
class LogSettings:
    """`format`: text for people, or one JSON object a line. `level`: the lowest logged."""

    format: str = "text"
    level: str = "info"

    def overruled_by(self, form: str | None, level: str | None) -> LogSettings:
        """These settings, overridden by the command line's."""
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
    """The log settings of `rederive.toml`, even if other parts of it are wrong. Raises
    ConfigError where it cannot be read."""
    root = read_file(folder)
    settings = read_log(root)
    return settings if not root.problems.faults else LogSettings()
