"""Jars of a lock into the cache: all of them, checked, at once or not at all."""

import shutil
import tempfile
from pathlib import Path

from rederive.stack.errors import StackCancelled, StackError
from rederive.stack.folder_lock import folder_lock
from rederive.stack.maven.command import copy_by_maven, find_maven
from rederive.stack.maven.download import download_jars
from rederive.stack.maven.lock import Lock
from rederive.stack.report import Report


def fetch_jars(lock: Lock, cache: Path, report: Report) -> Path:
    """The folder of the cache that holds the lock's jars; fetched unless it is there and whole.

    By `mvn` where it is on PATH, because it knows the user's mirrors, else or if that fails by
    plain HTTPS. Several processes may ask at once: one fetches, the others wait.
    Raises StackError where a jar cannot be had or is not what the lock says.
    """
    report.say("check the jars")
    folder = lock.folder(cache)
    with folder_lock(cache, f"{folder.name}.lock"):
        if all(jar.is_whole(folder) for jar in lock.jars):
            return folder
        half_made = Path(tempfile.mkdtemp(prefix=f"{folder.name}.new-", dir=cache))
        try:
            _fill(half_made, lock, cache, report)
            shutil.rmtree(folder, ignore_errors=True)
            half_made.chmod(0o755)
            half_made.rename(folder)
        finally:
            shutil.rmtree(half_made, ignore_errors=True)
    return folder


def _fill(folder: Path, lock: Lock, cache: Path, report: Report) -> None:
    maven = find_maven()
    if maven is not None:
        try:
            # Maven's own local repository is not made for two writers at once.
            with folder_lock(cache, "maven.lock"):
                copy_by_maven(maven, lock, folder, report)
            check_jars(lock, folder)
            return
        except StackCancelled:
            raise
        except StackError as error:
            report.say(f"mvn failed, fetching without it ({error.message})")
            shutil.rmtree(folder)
            folder.mkdir()
    download_jars(lock, folder, report)
    check_jars(lock, folder)


def check_jars(lock: Lock, folder: Path) -> None:
    """Raise StackError naming the first jar that is not what the lock says."""
    for jar in lock.jars:
        if not jar.is_whole(folder):
            raise StackError(
                f"{jar.coordinates} is missing or its sha256 is not the locked one.",
                fix="check the Maven repository or mirror in use; nothing of it was kept.",
            )
