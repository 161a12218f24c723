"""Whether a sink still holds what was delivered to it: a look that costs one question.

Somebody may drop an index, a view or a control record, or a server may come back with an empty
memory, while nothing flows that would fail. What is looked at is what `Sink.generations` tells, and
whether there is any row; some rows that are gone from a generation that is there are not seen.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from typing import Any

from materializers.engines.view_reader import ViewReader
from materializers.sinks.sink import Generation


def loss_of(generations: Mapping[int, Generation], number: int, version: int) -> str:
    """What a sink has lost of the generation `number`, which is live at `version`, in words; empty
    where it has it all."""
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
    """Whether the view has rows at the cut that a sink is at; False also where it is not at the
    newest one, for then it is not known."""
    if not engine.kept(view, build).rows:
        return False
    full = engine.full(view, build)
    rows: Any = full.upserts  # a generator, which holds a read transaction
    with closing(rows):
        return full.version == version and any(batch.num_rows for batch in rows)
