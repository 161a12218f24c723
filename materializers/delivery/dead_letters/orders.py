"""Orders to the running process about dead letters: send rows again, drop letters."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from typing import Any

from materializers.delivery.dead_letters.dead_letters import DeadLetters
from materializers.delivery.dead_letters.letter import Place
from materializers.delivery.delivery import Delivery
from materializers.errors import StateError


def retry(
    deliveries: Mapping[str, Delivery], names: Collection[bytes], timeout_s: float
) -> dict[str, Any]:
    """Send these letters' rows again as they are now. Returns how many were sent, and how many of
    those were refused again. Ignores letters of generations that are not delivered any more.

    Raises StateError where a sink does not take them in time; they are sent later then."""
    by_sink: dict[str, set[bytes]] = {}
    for name in names:
        place = Place.of(name)
        delivery = deliveries.get(place.sink)
        if delivery is not None and delivery.status.generation == place.generation:
            by_sink.setdefault(place.sink, set()).add(name)
    asked = {sink: deliveries[sink].retry(mine) for sink, mine in by_sink.items()}
    deadline = time.monotonic() + timeout_s
    for sink, each in asked.items():
        if not each.is_done.wait(max(0.0, deadline - time.monotonic())):
            its = deliveries[sink].status
            raise StateError(
                f"Sink {sink} has not taken them within {timeout_s:g} s: "
                f"{its.error or its.phase.value}",
                fix="they are sent when it takes steps again; look at `rederive status`",
            )
    sent = sum(len(each.names) for each in asked.values())
    return {"sent": sent, "refused": sum(each.refused for each in asked.values())}


def drop(letters: DeadLetters, names: Collection[bytes]) -> dict[str, Any]:
    """Remove letters; their rows stay out of the sinks until they change. Raises SinkError."""
    return {"dropped": letters.drop(names)}
