"""Health over HTTP, as a probe reads it."""

from __future__ import annotations

import re
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any

import orjson

from tests.crash.bank import Processes

LISTENING = '\n[http]\ncapture = "127.0.0.1:0"\nmaterialize = "127.0.0.1:0"\n'
"""For a project file: both on ports of their own choice, which their logs tell."""
TIMEOUT_S = 30.0


@dataclass(frozen=True)
class HealthClient:
    """Asks the processes that were started last."""

    processes: Processes

    def address(self, process: str) -> str:
        log = (self.processes.project / f"{process}.log").read_text()
        found: list[str] = re.findall(r"health and metrics on (http://[\d.:]+)", log)
        return found[-1]

    def get(self, process: str, path: str, timeout_s: float = TIMEOUT_S) -> tuple[int, bytes]:
        """The answer's status and body. Raises OSError where there is no answer in time."""
        try:
            with urllib.request.urlopen(self.address(process) + path, timeout=timeout_s) as got:
                return got.status, got.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read()

    def json(
        self, process: str, path: str, timeout_s: float = TIMEOUT_S
    ) -> tuple[int, dict[str, Any]]:
        status, body = self.get(process, path, timeout_s)
        return status, dict(orjson.loads(body))
