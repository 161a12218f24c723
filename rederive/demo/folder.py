"""The demo's project folder: the example of a clone, or a copy of the packaged one."""

from __future__ import annotations

import shutil
from importlib.resources import as_file, files
from pathlib import Path

EXAMPLE = Path("examples") / "flights"
COPY_NAME = "rederive-flights"
_NEVER_COPIED = shutil.ignore_patterns(".rederive", "__pycache__")


def demo_folder(chosen: Path | None) -> Path:
    """The folder to run in: `chosen`, else the clone's example, else ./rederive-flights.

    A folder without a project gets a copy of the example; one with a project is left as it is.
    """
    clone = Path(__file__).parents[2] / EXAMPLE
    is_clone = (clone / "rederive.toml").exists()
    if chosen is None and is_clone:
        return clone
    folder = chosen or Path(COPY_NAME)
    if not (folder / "rederive.toml").exists():
        _copy_example(clone if is_clone else None, folder)
    return folder


def _copy_example(clone: Path | None, folder: Path) -> None:
    if clone is not None:
        shutil.copytree(clone, folder, dirs_exist_ok=True, ignore=_NEVER_COPIED)
        return
    with as_file(files("rederive") / "examples" / "flights") as packaged:
        shutil.copytree(packaged, folder, dirs_exist_ok=True, ignore=_NEVER_COPIED)
