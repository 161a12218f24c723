"""What `rederive status --json` prints, asked from this process: a command takes a second of CPU to
start, and tests ask often."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson

from cdc.errors import RederiveError
from rederive.status.gather import gather_from


def status_of(folder: Path) -> dict[str, Any]:
    """The status of the project in that folder; empty where the project cannot be read."""
    try:
        found = gather_from(folder, with_storage=True).as_json()
    except RederiveError:
        return {}
    return dict(orjson.loads(orjson.dumps(found, default=str)))
