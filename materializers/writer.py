"""A writer: one start of one pipeline, as recorded in sinks' control records."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import orjson


@dataclass(frozen=True, slots=True)
class Writer:
    """One start of a pipeline. `pipeline`: its random identity, made once and kept in the state.
    `run`: random, made at each start. The others say where it runs: the state folder on its host,
    the state file's inode, the process."""

    pipeline: str
    run: str
    host: str
    folder: str
    inode: int
    pid: int

    @property
    def place(self) -> tuple[str, str, int]:
        """Identifies the state file, which one process at a time can have open."""
        return self.host, self.folder, self.inode

    def to_json(self) -> str:
        return orjson.dumps(asdict(self)).decode()

    @classmethod
    def from_json(cls, text: str) -> Writer:
        return cls(**orjson.loads(text))

    def __str__(self) -> str:
        return f"pipeline {self.pipeline} (process {self.pid} on {self.host}, state {self.folder})"
