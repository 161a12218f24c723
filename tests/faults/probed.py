"""A process' own reports of itself and of the pipeline over HTTP, all read at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from tests.health_client import HealthClient

LIVE_MAX_S = 10.0
"""/live asks no server; only a slow machine can delay it."""
SILENT_S = 1.0
_LAG = "What readers see is "
"""A problem that appears with time, so that two requests at once may differ by it."""


@dataclass(frozen=True)
class Probed:
    """`live`: None where there is no answer, and the rest is empty then. `reasons`: the parts that
    make it not ready. `status`: the body of /status."""

    live: int | None
    ready: int = 0
    age_s: float = 0.0
    reasons: frozenset[str] = frozenset()
    status: Mapping[str, Any] | None = None


def probe(health: HealthClient, process: str, *, is_silent: bool) -> Probed:
    """`is_silent`: it cannot answer, so the probe does not wait for it."""
    try:
        if is_silent:
            return Probed(health.json(process, "/live", SILENT_S)[0])
        with ThreadPoolExecutor() as pool:
            asked = [
                pool.submit(health.json, process, path, timeout_s)
                for path, timeout_s in (("/live", LIVE_MAX_S), ("/ready", 30), ("/status", 30))
            ]
            (live, _), (ready, body), (code, status) = (each.result() for each in asked)
    except OSError:
        return Probed(None)
    reasons = frozenset(reason["part"] for reason in body.get("reasons", ()))
    return Probed(live, ready, body.get("age_s", 0.0), reasons, status if code == 200 else None)


def kinds(problems: Iterable[Mapping[str, Any]]) -> set[tuple[str, str]]:
    """Level and part of each problem, without lags."""
    return {
        (each["level"], each["part"]) for each in problems if not each["message"].startswith(_LAG)
    }
