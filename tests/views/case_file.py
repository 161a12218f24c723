"""A view's case as a file that a reader can add without Python.

-- what the case shows
-- kept: delta                      how its operators are maintained (delta, touched groups, full)
-- key: id                          where the key cannot be inferred
CREATE TABLE …;                     any number of tables, with primary keys
CREATE MATERIALIZED VIEW name AS SELECT …;   the last is the case's, and may read the others

-- cut                              then, any number of times: one transaction …
INSERT INTO …;
-- rows                             … and the view's rows after it, in any order
-- 1 | text | null
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from materializers.project.references import linked
from materializers.view import ViewDefinition

_VIEW = re.compile(r"CREATE MATERIALIZED VIEW (\w+) AS\s+(.*?);\s*$", re.DOTALL | re.MULTILINE)
_TABLE = re.compile(r"CREATE TABLE (\w+)")


@dataclass(frozen=True, slots=True)
class Cut:
    """A transaction's statements, and the view's rows after it as texts."""

    statements: str
    rows: list[tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Case:
    """A case file, read. `line`: where the SELECT starts."""

    file: Path
    definition: ViewDefinition
    tables: list[str]
    setup: str
    key: tuple[str, ...] | None
    kept: str
    cuts: list[Cut] = field(default_factory=list)


def read_case(file: Path) -> Case:
    """Read a case; raises AssertionError where it has no view, or no cut to be right at."""
    text = file.read_text()
    head, *sections = re.split(r"^-- cut.*$", text, flags=re.MULTILINE)
    assert sections, f"{file}: no `-- cut`"
    found = list(_VIEW.finditer(head))
    assert found, f"{file}: no CREATE MATERIALIZED VIEW"
    views, problems = linked(
        [ViewDefinition(v[1], v[2], file, head.count("\n", 0, v.start(2)) + 1) for v in found]
    )
    assert not problems, problems
    key, kept = _option(head, "key"), _option(head, "kept")
    return Case(
        file,
        views[-1],
        _TABLE.findall(head),
        head[: found[0].start()],
        tuple(part.strip() for part in key.split(",")) if key else None,
        kept or "delta",
        [_cut(section) for section in sections],
    )


def _option(head: str, name: str) -> str:
    found = re.search(rf"^-- {name}: (.*)$", head, re.MULTILINE)
    return found[1].strip() if found else ""


def _cut(section: str) -> Cut:
    statements, _, rows = section.partition("-- rows")
    lines = [line[2:].strip() for line in rows.splitlines() if line.startswith("--")]
    return Cut(statements, [tuple(part.strip() for part in line.split("|")) for line in lines])
