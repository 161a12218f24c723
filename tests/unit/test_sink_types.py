"""Types of sink that a program registers, or an installed package names."""

from pathlib import Path

import pytest

from cdc.errors import ConfigError, RederiveError
from materializers.project.project import load_project
from materializers.sinks.connection import SinkConnection
from materializers.sinks.registry import bounded, without_columns
from rederive.sinks import SinkDefinition, SinkType, open_sink, register_sink
from tests.contracts.opened_sinks import definition
from tests.contracts.view_rows import ORDERS

MODULE = """
from rederive.sinks import SinkType
def opened(definition, connection, schema, writer): return f"the sink {definition.name}"
def bounds(timeout_s): return {"patience": timeout_s}
FOLDER = SinkType("folder", opened, ("path",), bounds)
other = SinkType("folder", opened)
"""
PROJECT = """
[source.shop]
dsn = "postgresql://localhost/shop"
tables = ["public.*"]
[kafka]
"bootstrap.servers" = "localhost:9092"
[sink.files]
type = "TYPE"
path = "/somewhere"
"""


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a package is installed that names types of sink."""
    place = tmp_path / "site"
    (place / "shop_sinks-1.dist-info").mkdir(parents=True)
    (place / "shop_sinks.py").write_text(MODULE)
    (place / "shop_sinks-1.dist-info" / "METADATA").write_text("Name: shop-sinks\nVersion: 1\n")
    (place / "shop_sinks-1.dist-info" / "entry_points.txt").write_text(
        "[rederive.sinks]\nfolder = shop_sinks:FOLDER\nnowhere = shop_sinks:NOWHERE\n"
        "unlike = shop_sinks:other\n"
    )
    monkeypatch.syspath_prepend(place)
    return place


def project_of(folder: Path, type_: str) -> Path:
    (folder / "rederive.toml").write_text(PROJECT.replace("TYPE", type_))
    return folder


def test_a_package_names_a_type(installed: Path, tmp_path: Path) -> None:
    project = load_project(project_of(tmp_path, "folder"))
    connection, asked = project.sinks["files"], definition("s", "orders", {"path": "a", "b": "c"})
    assert connection.settings == {"path": "/somewhere"}
    assert str(open_sink(asked, connection, ORDERS)) == "the sink s"
    assert bounded(connection, 2.5).settings["patience"] == 2.5
    assert without_columns(asked, connection).options == {"path": "a"}


def test_one_that_cannot_be_loaded_is_told_in_one_line(installed: Path, tmp_path: Path) -> None:
    with pytest.raises(RederiveError, match=r"nowhere = 'shop_sinks:NOWHERE' .*cannot be loaded"):
        load_project(project_of(tmp_path, "nowhere"))
    with pytest.raises(RederiveError, match=r"unlike = .* is no SinkType of that name"):
        load_project(project_of(tmp_path, "unlike"))


def test_an_unknown_type_is_told_with_those_there_are(installed: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"'files' is not known.*postgresql.*folder"):
        load_project(project_of(tmp_path, "files"))
    with pytest.raises(ConfigError, match=r"write 'folder'"):
        load_project(project_of(tmp_path, "folders"))


def test_a_name_has_one_type() -> None:
    def opened(definition: SinkDefinition, *rest: object) -> object:
        raise AssertionError

    mine = SinkType("mine", opened)  # type: ignore[arg-type]
    register_sink(mine)
    register_sink(mine)
    for name in ("mine", "redis"):
        with pytest.raises(RederiveError, match=f"type of sink named '{name}' already"):
            register_sink(SinkType(name, opened, ("a",)))  # type: ignore[arg-type]
    assert bounded(SinkConnection("x", "mine", {"a": 1}), 1.0).settings == {"a": 1}
