"""What the process of a hand-over is asked, and what it tells.

The job is pickled on its input, because it has the broker's secrets. It tells on its output, one
JSON object a line.
"""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import orjson

from cdc.contract.schemas import TableSchema
from cdc.errors import RederiveError
from materializers.builds.replay import Topics
from materializers.engines.exported import Exported
from materializers.engines.hybrid.groups import Place
from materializers.engines.stored_view import StoredView
from materializers.errors import RebuildError, StateError, ViewError

LOAD, CATCH_UP = "load", "catch up"

_KINDS = {kind.__name__: kind for kind in (ViewError, StateError, RebuildError)}


@dataclass(frozen=True, slots=True)
class Job:
    """Build the views in a new state of the engine `place`, in the folder, and follow until close
    behind the source. `exported`: to build from; None: read from offset zero. `memory_limit`,
    `threads`: DuckDB's."""

    place: Place
    folder: Path
    topics: Topics
    views: tuple[StoredView, ...]
    schemas: Mapping[str, TableSchema]
    exported: Exported | None
    memory_limit: str
    threads: int

    def pickled(self) -> bytes:
        """As the process reads it."""
        return pickle.dumps(self)

    @property
    def what(self) -> str:
        """The views, for messages."""
        return f"Views {', '.join(view.definition.name for view in self.views)}"


@dataclass(frozen=True, slots=True)
class Told:
    """A line of the process. `phase`: LOAD or CATCH_UP; `rows` of `rows_total` are done in it.
    `error`: the kind of an error, with `message` and `fix`."""

    phase: str = ""
    rows: int = 0
    rows_total: int = 0
    error: str = ""
    message: str = ""
    fix: str = ""

    @classmethod
    def of(cls, error: RederiveError) -> Told:
        """A failure."""
        return cls(error=type(error).__name__, message=error.message, fix=error.fix)

    def to_json(self) -> bytes:
        """As one line."""
        return orjson.dumps(asdict(self)) + b"\n"

    @classmethod
    def from_json(cls, line: bytes) -> Told:
        """The inverse of `to_json`."""
        return cls(**orjson.loads(line))

    def require_success(self) -> None:
        """Raises the error, if it is one."""
        if self.error:
            raise _KINDS.get(self.error, RebuildError)(self.message, fix=self.fix)
