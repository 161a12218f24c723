"""Whether a sink still holds what was delivered, by one cheap query.

Somebody may drop an index, a view or a control record, or a server may lose its memory, while no
write would notice. The check looks at `Sink.generations` and at whether there is any row; it does
not notice single rows that are gone.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from typing import Any

from materializers.engines.view_reader import ViewReader
from materializers.sinks.sink import Generation


def loss_of(generations: Mapping[int, Generation], number: int, version: int) -> str:
    """What the sink has lost of generation `number`, live at `version`, in words; "" if nothing."""
    mine = generations.get(number)
    if mine is None:
        return f"generation {number} is gone from the target"
    if mine.version < 0:
        return f"the record of how far generation {number} is has gone"
    if mine.version < version:
        return f"the target has lost the last steps of generation {number}"
    if not mine.is_live:
        return f"readers do not see generation {number} any longer"
    if len([each for each in generations.values() if each.is_live]) > 1:
        return f"readers see other generations beside {number}"
    return ""


def should_hold_rows(engine: ViewReader, view: str, build: int, version: int) -> bool:
    """Whether the view has rows at the sink's cut. False also where the sink is not at the newest
    cut, as it is not known then."""
    if not engine.view(view, build).rows:
        return False
    full = engine.full(view, build)
    rows: Any = full.upserts  # a generator, which holds a read transaction
    with closing(rows):
        return full.version == version and any(batch.num_rows for batch in rows)
