"""Errors that point at a place in a view's SQL: file, line, column, and the line underlined."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sqlglot import exp

from materializers.errors import ViewError
from materializers.view import ViewDefinition


@dataclass(frozen=True, slots=True)
class Source:
    """A view's SQL and the place of its first character in the user's file (`line` from 1).
    `is_wide`: plan every numeric as wide, of any size."""

    view: str
    sql: str
    file: Path
    line: int
    is_wide: bool = False

    @classmethod
    def of(cls, definition: ViewDefinition, *, is_wide: bool = False) -> Source:
        """The SQL of a view's definition, and its place."""
        return cls(definition.name, definition.sql, definition.file, definition.line, is_wide)

    def error(self, message: str, node: exp.Expr | None = None, *, fix: str = "") -> ViewError:
        """A ViewError that points at `node`, or names the view alone if the node has no place."""
        span = _span(node) if node is not None else None
        if span is None:
            return ViewError(f"{self.file}:{self.line}: view {self.view}: {message}.", fix=fix)
        return self.error_between(message, *span, fix=fix)

    def error_between(self, message: str, start: int, end: int, *, fix: str = "") -> ViewError:
        """A ViewError that points at the characters from `start` to `end` of the SQL."""
        line = self.sql.count("\n", 0, start) + 1
        column = start - (self.sql.rfind("\n", 0, start) + 1) + 1
        return self.error_at(message, line=line, column=column, length=end - start + 1, fix=fix)

    def error_at(
        self, message: str, *, line: int, column: int, length: int, fix: str = ""
    ) -> ViewError:
        """A ViewError that points at a line and column (from 1) of the SQL."""
        text = self.sql.split("\n")[line - 1] if line <= self.sql.count("\n") + 1 else ""
        number = str(self.line + line - 1)
        mark = "^" * max(1, min(length, len(text) - column + 1))
        excerpt = f"{number} | {text}\n{' ' * len(number)} | {' ' * (column - 1)}{mark}"
        place = f"{self.file}:{number}:{column}"
        return ViewError(f"{place}: view {self.view}: {message}.", fix=fix, excerpt=excerpt)


def _span(node: exp.Expr) -> tuple[int, int] | None:
    """First and last character of a node: sqlglot records them for names, literals and calls."""
    spans = [
        (int(part.meta["start"]), int(part.meta["end"]))
        for part in node.walk()
        if "start" in part.meta and "end" in part.meta
    ]
    if not spans:
        return None
    if "start" in node.meta:
        return int(node.meta["start"]), int(node.meta["end"])
    return min(span[0] for span in spans), max(span[1] for span in spans)
