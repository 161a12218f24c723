"""The state folder: accessible to its owner only, whatever the umask and its history.

It holds every captured table, and sockets that take orders.
"""

from __future__ import annotations

import logging
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from cdc.errors import ConfigError, RederiveError

FOLDER_MODE, FILE_MODE = 0o700, 0o600
_OTHERS_MAY_WRITE = stat.S_IWGRP | stat.S_IWOTH
_OTHERS = stat.S_IRWXG | stat.S_IRWXO

log = logging.getLogger("rederive.state")


def private_folder(folder: Path) -> Path:
    """Make the folder with mode 0700. If others can read it, restrict it and the files in it, and
    log that.

    Raises ConfigError where it belongs to another user, others can write to it (they may have put
    things there), or it is also the project's folder or the user's home.
    """
    try:
        folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        status = folder.stat()
    except OSError as error:
        raise _unfit(folder, f"cannot be made: {error.strerror}") from error
    if status.st_uid != os.geteuid():
        raise _unfit(folder, "belongs to another user", "run as that user, or ")
    if stat.S_IMODE(status.st_mode) & _OTHERS:
        _close(folder, stat.S_IMODE(status.st_mode))
    return folder


def _close(folder: Path, mode: int) -> None:
    whole = folder.resolve()
    if mode & _OTHERS_MAY_WRITE:
        raise _unfit(folder, f"can be written by other users (mode {mode:04o})")
    if whole == Path.home().resolve() or (whole / "rederive.toml").exists():
        raise _unfit(folder, "is more than a folder for state, and open to other users")
    folder.chmod(FOLDER_MODE)
    for path in _open_files(folder):
        path.chmod(path.stat().st_mode & ~_OTHERS)
    log.warning("%s was open to other users (mode %04o): it is 0700 now", folder, mode)


def _open_files(folder: Path) -> Iterator[Path]:
    """Files below the folder that others could read if it were moved."""
    for path in folder.rglob("*"):
        status = path.lstat()
        is_ours = status.st_uid == os.geteuid() and not stat.S_ISLNK(status.st_mode)
        if is_ours and stat.S_IMODE(status.st_mode) & _OTHERS:
            yield path


def _unfit(folder: Path, why: str, first: str = "") -> ConfigError:
    fix = f"{first}name a folder of its own as state under [pipeline] in rederive.toml"
    return ConfigError([RederiveError(f"The state folder {folder} {why}.", fix=fix)])
