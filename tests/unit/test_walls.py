"""SQL is written by engines, and by sinks and sources in their own dialects, nowhere else."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2] / "materializers"
WITH_SQL = ("sinks/", "engines/duckdb/", "engines/hybrid/difference.py", "engines/rows/store/")
"""Where SQL is at home."""
_WRITTEN = re.compile(
    r"\b(SELECT .+ FROM |INSERT INTO |DELETE FROM |CREATE (OR REPLACE )?(TEMP )?TABLE |TRY_CAST\("
    r"|CAST\(.* AS |COALESCE\(|list_transform\()",
    re.DOTALL,
)
_WORDS = re.compile(
    r"\b(SELECT|FROM|JOIN|WHERE|GROUP BY|ORDER BY|CAST|INSERT|UPDATE|DELETE|VALUES|UNION)\b"
)
_SEARCHES = frozenset(
    {
        "compile", "sub", "search", "match", "fullmatch", "findall", "finditer", "replace", "split",
        "partition", "rpartition", "find", "index", "startswith", "endswith", "removeprefix",
        "removesuffix",
    }
)  # fmt: skip


def _files() -> Iterator[Path]:
    for path in sorted(ROOT.rglob("*.py")):
        if not str(path.relative_to(ROOT)).startswith(WITH_SQL):
            yield path


def _searched(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Line and text of what is looked for in a text, or replaced in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            for each in node.args if node.func.attr in _SEARCHES else ():
                if isinstance(each, ast.Constant) and isinstance(each.value, str):
                    yield node.lineno, each.value


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
def test_no_sql_is_written_or_searched_here(path: Path) -> None:
    tree = ast.parse(path.read_text())
    found = [(line, text) for line, text in _texts(tree) if _WRITTEN.search(text)]
    assert not found, f"SQL that is put together outside an engine: {found}"
    found = [(line, text) for line, text in _searched(tree) if _WORDS.search(text)]
    assert not found, f"SQL that is searched outside an engine: {found}"


def test_it_would_be_found() -> None:
    """What the check is for."""
    tree = ast.parse(
        'sql = f"SELECT {columns} FROM {table}"\nother = "CAST({} AS {})".format(a, b)\n'
        'text = sql.replace(" FROM ", "")\nfound = re.search("GROUP BY", sql)'
    )
    assert [bool(_WRITTEN.search(text)) for _, text in _texts(tree)] == [True, True]
    assert [bool(_WORDS.search(text)) for _, text in _searched(tree)] == [True, False, True]
