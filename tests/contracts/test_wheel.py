"""The wheel: its top-level names, and that it contains all that it needs."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
UPGRADE = """
import sys, psycopg, rederive
from rederive.migrations.upgrade import downgrade, upgrade
assert rederive.__file__.startswith(sys.argv[2]), rederive.__file__
connect = lambda: psycopg.connect(sys.argv[1])
upgrade(connect, "sink")
with connect() as connection:
    print(connection.execute("SELECT count(*) FROM rederive.generations").fetchone())
downgrade(connect, "sink")
"""


def _built(source: Path, kind: str, folder: Path) -> Path:
    command = [sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", str(folder)]
    subprocess.run(command, cwd=source, check=True, capture_output=True)
    (built,) = folder.glob("rederive-*")
    return built


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this tree, built from its source archive, unpacked."""
    folder = tmp_path_factory.mktemp("wheel")
    archive = _built(ROOT, "sdist", folder / "archive")
    subprocess.run(["tar", "-xzf", archive, "-C", folder], check=True)
    built = _built(folder / archive.name.removesuffix(".tar.gz"), "wheel", folder / "built")
    with zipfile.ZipFile(built) as unpacked:
        unpacked.extractall(folder / "installed")
    return folder / "installed"


def test_the_archive_gives_the_wheel_of_the_tree(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(_built(ROOT, "wheel", tmp_path)) as packed:
        names = {name for name in packed.namelist() if not name.endswith("/")}
    there = {str(each.relative_to(wheel)) for each in wheel.rglob("*") if each.is_file()}
    assert {name for name in names ^ there if not name.endswith(".pyc")} == set()


def test_it_takes_no_name_that_others_have(wheel: Path) -> None:
    names = {each.name for each in wheel.iterdir() if not each.name.endswith(".dist-info")}
    assert names == {"cdc", "materializers", "rederive"}


def test_it_brings_the_migrations(wheel: Path, postgres_dsn: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", UPGRADE, postgres_dsn, str(wheel)],
        env={**os.environ, "PYTHONPATH": str(wheel)},
        cwd=wheel,
        capture_output=True,
        text=True,
    )
    assert (ended.stdout, ended.stderr) == ("(0,)\n", "")
