"""What `import rederive` gives: typed, documented, and nothing before it is used."""

from __future__ import annotations

import ast
import inspect
import pkgutil
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import rederive
import rederive.sinks

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "python.md").read_text()
SINK_NAMES = [f"sinks.{name}" for name in rederive.sinks.__all__]


@pytest.mark.parametrize("name", [*rederive.__all__, *SINK_NAMES])
def test_each_name_is_there_and_documented(name: str) -> None:
    module, name = (rederive.sinks, name[6:]) if "." in name else (rederive, name)
    found = getattr(module, name)
    assert re.search(rf"\b{name}s?\b", PAGE), f"docs/python.md does not tell of {name}"
    if inspect.isclass(found) or inspect.isfunction(found):
        assert inspect.getdoc(found)
        assert found.__module__.partition(".")[0] in ("cdc", "materializers", "rederive")


def test_types_and_values_come_from_the_same_modules() -> None:
    """A type checker reads the imports, the interpreter the table."""
    tree = ast.parse(inspect.getsource(rederive))
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    typed = {name.name: node.module for node in imports for name in node.names}
    for other in ("annotations", "import_module", "TYPE_CHECKING", "Any"):
        del typed[other]
    assert typed == rederive._MODULE_OF
    assert sorted(typed) == sorted(rederive.__all__) == rederive.__all__
    assert set(rederive.__all__) <= set(dir(rederive))


def test_an_unknown_name_is_no_attribute() -> None:
    with pytest.raises(AttributeError, match="no attribute 'materialise'"):
        _ = rederive.materialise  # type: ignore[attr-defined]


def test_no_module_takes_a_name_of_the_surface() -> None:
    """The import of `rederive.x` makes `x` that module."""
    modules = {each.name for each in pkgutil.iter_modules(rederive.__path__)}
    assert "embedded" in modules and modules.isdisjoint(rederive.__all__)


def test_nothing_is_imported_before_it_is_used() -> None:
    program = (
        "import sys; before = {*sys.modules}; import rederive; new = {*sys.modules} - before;"
        "print(sorted(n for n in new if n.partition('.')[0] not in sys.stdlib_module_names))"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert ended.stdout.strip() == "['rederive']", ended.stderr


def test_every_package_of_the_wheel_says_that_it_is_typed() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    packages = project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    assert [name for name in packages if not (ROOT / name / "py.typed").is_file()] == []
