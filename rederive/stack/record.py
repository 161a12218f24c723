"""`stack.json`: which servers of a home run, since when and on which ports."""

import json
import threading
from dataclasses import asdict, dataclass, field
from pathlib import Path

from rederive.stack.errors import StackError
from rederive.stack.process import Process


@dataclass(frozen=True, slots=True)
class Entry:
    """What is remembered of one server; its ports are kept after it has stopped."""

    ports: dict[str, int] = field(default_factory=dict)
    pid: int = 0
    started: str = ""
    version: str = ""

    def process(self) -> Process | None:
        """The process if it still runs."""
        process = Process(self.pid, self.started)
        return process if self.pid and process.is_alive() else None


class Record:
    """The file; every change is on disk when the call returns."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()

    def get(self, server: str) -> Entry:
        """What is known of a server; an empty entry where nothing is."""
        with self._lock:
            return self._read().get(server, Entry())

    def put(self, server: str, entry: Entry) -> None:
        """Remember an entry."""
        with self._lock:
            entries = self._read()
            entries[server] = entry
            content = {name: asdict(each) for name, each in sorted(entries.items())}
            temporary = self._path.with_suffix(".new")
            temporary.write_text(json.dumps({"servers": content}, indent=2) + "\n")
            temporary.replace(self._path)

    def _read(self) -> dict[str, Entry]:
        if not self._path.exists():
            return {}
        try:
            content = json.loads(self._path.read_text())
            return {name: Entry(**entry) for name, entry in content["servers"].items()}
        except (ValueError, KeyError, TypeError) as error:
            raise StackError(
                f"{self._path} cannot be read: {error}.",
                fix="stop the servers it names by hand, then remove the file.",
            ) from error
