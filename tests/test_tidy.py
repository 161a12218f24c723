"""The limits of the house, held by a test. Tighten them; never loosen."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("cdc", "materializers", "migrations", "rederive")
FOLDERS = (*PACKAGES, "tests", "benchmarks", "examples")
FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 70
PARAMETERS_MAX = 7
LINE_LENGTH_MAX = 100
ENVIRONMENT_READERS = {Path("cdc/config_file.py"), Path("rederive/stack/environment.py")}
NAMELESS = {"utils.py", "helpers.py", "common.py", "types.py"}
UNFINISHED = ("TO" + "DO", "FIX" + "ME", "XX" + "X")


def python_files() -> Iterator[Path]:
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield path.relative_to(ROOT)


FILES = list(python_files())


@pytest.mark.parametrize("path", FILES, ids=str)
def test_file_keeps_the_limits(path: Path) -> None:
    text = (ROOT / path).read_text()
    tree = ast.parse(text)
    faults = [*_faults_of_lines(text), *_faults_of_functions(tree), *_bare_excepts(tree)]
    if path.name in NAMELESS:
        faults.append("the file's name names no concept")
    if path.parts[0] in PACKAGES:
        faults += _prints(tree)
        if path not in ENVIRONMENT_READERS:
            faults += _environment_reads(tree)
    if path.parts[0] == "tests":
        faults += _imports_of_tests(tree)
    assert not faults, f"{path}: " + "; ".join(faults)


def test_there_are_files_to_check() -> None:
    assert {path.parts[0] for path in FILES} >= set(PACKAGES)


def _faults_of_lines(text: str) -> Iterator[str]:
    lines = text.splitlines()
    if len(lines) > FILE_LINES_MAX:
        yield f"{len(lines)} lines in the file"
    for number, line in enumerate(lines, start=1):
        if len(line) > LINE_LENGTH_MAX:
            yield f"line {number} has {len(line)} characters"
        for word in UNFINISHED:
            if word in line:
                yield f"line {number} says {word}"


def _faults_of_functions(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        length = (node.end_lineno or node.lineno) - node.lineno + 1
        if length > FUNCTION_LINES_MAX:
            yield f"{node.name} has {length} lines"
        arguments = node.args
        names = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        count = len([each for each in names if each.arg not in ("self", "cls")])
        if count > PARAMETERS_MAX:
            yield f"{node.name} has {count} parameters"


def _bare_excepts(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler) and node.type is None:
            yield f"line {node.lineno} catches everything"


def _imports_of_tests(tree: ast.AST) -> Iterator[str]:
    """What tests share stands in modules of its own."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[-1][:5] == "test_":
            yield f"line {node.lineno} imports from {node.module}"


def _prints(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            if node.func.id == "print":
                yield f"line {node.lineno} prints"


def _environment_reads(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in ("environ", "getenv"):
            if isinstance(node.value, ast.Name) and node.value.id == "os":
                yield f"line {node.lineno} reads the environment"
        if isinstance(node, ast.ImportFrom) and node.module == "os":
            if any(alias.name in ("environ", "getenv") for alias in node.names):
                yield f"line {node.lineno} reads the environment"
