"""What the documents show is true: commands parse, the project file loads, views are defined."""

import re
import shlex
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
import typer

from materializers.project.ddl import parse_definitions
from materializers.project.project import load_project
from rederive.cli.main import make_app
from rederive.stack.stack import KINDS
from tests.pages import fenced

ROOT = Path(__file__).parents[2]
PAGES = [
    ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "examples" / "flights" / "README.md",
    ROOT / "examples" / "embedded" / "README.md",
    *sorted((ROOT / "docs").glob("*.md")),
]  # fmt: skip


def shown_commands() -> list[str]:
    lines = [line for page in PAGES for line in page.read_text().splitlines()]
    found = [line.strip().partition("#")[0].rstrip(" &") for line in lines]
    return sorted({line for line in found if line.startswith("rederive ") and "…" not in line})


def parsed(line: str) -> str:
    """The command a line names; raises where its arguments do not parse. Nothing is run."""
    words = shlex.split(line)[1:]
    if words[0] == "--project":
        words = words[2:]
    group: Any = typer.main.get_command(make_app())
    command = group.commands[words[0]]
    command.make_context(words[0], words[1:])
    return words[0]


def test_every_command_is_shown() -> None:
    group: Any = typer.main.get_command(make_app())
    assert {parsed(line) for line in shown_commands()} == set(group.commands)


@pytest.mark.parametrize("line", shown_commands())
def test_a_shown_command_parses(line: str) -> None:
    assert parsed(line)


def test_the_shown_project_loads_with_the_shown_views(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in re.findall(r"\$\{([A-Z_]+)\}", "".join(fenced("docs/project-file.md", "toml"))):
        monkeypatch.setenv(name, "s3cret")
    (toml,) = fenced("docs/project-file.md", "toml")
    (tmp_path / "rederive.toml").write_text(toml)
    (tmp_path / "views").mkdir()
    (tmp_path / "views" / "a.sql").write_text("\n".join(fenced("docs/project-file.md", "sql")))
    (tmp_path / "views" / "b.sql").write_text(readme_view())
    project = load_project(tmp_path)
    assert {view.name for view in project.views} == {"order_count", "order_search"}
    assert project.warnings == ()


def test_the_readmes_project_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    block = re.search(r"    # rederive.toml\n(?:    .*\n)+", (ROOT / "README.md").read_text())
    assert block is not None
    (tmp_path / "rederive.toml").write_text(dedent(block[0]))
    (tmp_path / "views").mkdir()
    (tmp_path / "views" / "v.sql").write_text(readme_view())
    for name in ("POSTGRES_DSN", "KAFKA", "ELASTICSEARCH_URL"):
        monkeypatch.setenv(f"REDERIVE_{name}", "told by the local servers")
    project = load_project(tmp_path)
    assert project.warnings == () and project.source.tables == ("public.*",)


def readme_view() -> str:
    """The indented block of the README that begins with the name of a view's file."""
    text = (ROOT / "README.md").read_text()
    block = re.search(r"    -- views/.*?\n(?:(?:    .*)?\n)+", text)
    assert block is not None
    return block[0]


def test_sinks_shown_are_defined() -> None:
    text = (ROOT / "docs" / "sinks.md").read_text()
    statements = re.findall(r"    (CREATE SINK .*?;)", text, flags=re.DOTALL)
    found = parse_definitions(Path("docs/sinks.md"), "\n".join(statements))
    assert len(found.sinks) >= 3
    assert not found.problems


def test_the_servers_of_the_help_are_those_there_are() -> None:
    page = (ROOT / "docs" / "commands.md").read_text()
    assert ", ".join(KINDS) in page


def test_quoted_code_is_that_of_the_file() -> None:
    """Blocks that begin with a file's path."""
    page = (ROOT / "docs" / "extending.md").read_text()
    blocks = re.findall(r"^( *)```python\n\1# (\S+\.py)\n(.*?)^\1```", page, re.M | re.S)
    assert len(blocks) == 8
    for indent, path, code in blocks:
        lines = [line.removeprefix(indent) for line in code.splitlines()]
        assert "\n".join(lines) in (ROOT / path).read_text(), f"{path} has no longer:\n{code}"


def test_quoted_lines_are_those_of_the_oracle() -> None:
    lines = (ROOT / "tests" / "oracle" / "expressions.sql").read_text().splitlines()
    (block,) = fenced("docs/extending.md", "sql")
    quoted = {line.strip() for line in block.splitlines() if line.strip()}
    assert quoted and quoted <= set(lines)
