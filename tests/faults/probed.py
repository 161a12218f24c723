"""What a process says of itself and of the pipeline over HTTP, read all at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from tests.health_client import HealthClient

LIVE_MAX_S = 10.0
"""/live asks nobody; a slow machine is all that it may wait for."""
SILENT_S = 1.0
_LAG = "What readers see is "
"""A problem that comes with time only, by what two that ask at once may differ."""


@dataclass(frozen=True)
class Probed:
    """`live`: None where nobody answers, and the rest is empty then; `reasons`: parts because of
    which it is not ready; `told`: /status."""

    live: int | None
    ready: int = 0
    age_s: float = 0.0
    reasons: frozenset[str] = frozenset()
    told: Mapping[str, Any] | None = None


def probe(health: HealthClient, process: str, *, is_silent: bool) -> Probed:
    """`is_silent`: it cannot answer, which is not waited for."""
    try:
        if is_silent:
            return Probed(health.json(process, "/live", SILENT_S)[0])
        with ThreadPoolExecutor() as pool:
            asked = [
                pool.submit(health.json, process, path, timeout_s)
                for path, timeout_s in (("/live", LIVE_MAX_S), ("/ready", 30), ("/status", 30))
            ]
            (live, _), (ready, body), (status, told) = (each.result() for each in asked)
    except OSError:
        return Probed(None)
    reasons = frozenset(reason["part"] for reason in body.get("reasons", ()))
    return Probed(live, ready, body.get("age_s", 0.0), reasons, told if status == 200 else None)


def kinds(problems: Iterable[Mapping[str, Any]]) -> set[tuple[str, str]]:
    """Level and part of each, but for lags."""
    return {
        (each["level"], each["part"]) for each in problems if not each["message"].startswith(_LAG)
    }
