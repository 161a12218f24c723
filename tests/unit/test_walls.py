"""SQL is written by engines, and by sinks and sources in their own dialects, nowhere else."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2] / "materializers"
ENGINE_FREE = ("sql", "intake", "builds", "control", "project")
_WRITTEN = re.compile(
    r"\b(SELECT .+ FROM |INSERT INTO |DELETE FROM |CREATE (OR REPLACE )?(TEMP )?TABLE |TRY_CAST\("
    r"|CAST\(.* AS |COALESCE\(|list_transform\()",
    re.DOTALL,
)


def _files() -> Iterator[Path]:
    for room in ENGINE_FREE:
        yield from sorted((ROOT / room).rglob("*.py"))


def _texts(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Line and text of every string that is put together: an f-string, or one that is formatted,
    joined or replaced in."""
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            parts = [p.value if isinstance(p, ast.Constant) else "{}" for p in node.values]
            yield node.lineno, "".join(map(str, parts))
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            told = node.func.value
            if isinstance(told, ast.Constant) and isinstance(told.value, str):
                yield node.lineno, told.value


@pytest.mark.parametrize("path", list(_files()), ids=lambda path: str(path.relative_to(ROOT)))
def test_no_sql_is_written_here(path: Path) -> None:
    source = path.read_text()
    found = [(line, text) for line, text in _texts(ast.parse(source)) if _WRITTEN.search(text)]
    assert not found, f"SQL that is put together outside an engine: {found}"


def test_it_would_be_found() -> None:
    """What the check is for."""
    tree = ast.parse(
        'sql = f"SELECT {columns} FROM {table}"\nother = "CAST({} AS {})".format(a, b)'
    )
    assert [bool(_WRITTEN.search(text)) for _, text in _texts(tree)] == [True, True]
