"""Bulk requests from ready bodies: two at a time, every item's answer looked at.

Every operation carries a version (`external_gte`), so a request may be sent again: a conflict
says that the document is newer already, and is no error.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from concurrent.futures import ALL_COMPLETED, FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Any

import elasticsearch

from materializers.errors import SinkError
from materializers.sinks.elasticsearch.errors import (
    RETRYABLE_STATUS,
    of_status,
    reason_of,
    translated,
)

BODY_BYTES_MAX = 5_000_000
REQUESTS_MAX = 2
ATTEMPTS_MAX = 8
BACKOFF_S = 0.1
_HARMLESS = ("version_conflict_engine_exception",)


class Bulk:
    """Sends bodies to one index. Closed with the sink."""

    def __init__(self, client: elasticsearch.Elasticsearch, name: str) -> None:
        self._client = client
        self._name = name
        self._threads = ThreadPoolExecutor(REQUESTS_MAX, thread_name_prefix=f"bulk-{name}")

    def send(self, index: str, bodies: Iterable[memoryview]) -> int:
        """Send every body, and return how many there were. When it returns, all operations are
        in the index's translog, on disk; they are not yet searchable."""
        running: set[Future[None]] = set()
        count = 0
        try:
            for body in bodies:
                count += 1
                if len(running) == REQUESTS_MAX:
                    running = _finish(running, FIRST_COMPLETED)
                running.add(self._threads.submit(self._request, index, bytes(body)))
            return count
        finally:
            # Also where a body could not be made: nothing may arrive after this method's end.
            _finish(running, ALL_COMPLETED)

    def _request(self, index: str, body: bytes) -> None:
        for attempt in range(ATTEMPTS_MAX):
            errors = self._errors(index, body)
            if not errors:
                return
            if any(status not in RETRYABLE_STATUS for status, _, _ in errors):
                raise self._refused(index, body)
            time.sleep(BACKOFF_S * 2**attempt)
        raise of_status(self._name, 429, f"still too busy after {ATTEMPTS_MAX} attempts")

    def _errors(self, index: str, body: bytes) -> list[tuple[int, str, str]]:
        """Status, id and reason of the items that failed. The answer names failed items only:
        for good ones it would be as long as the request."""
        try:
            answer = self._bulk(index, body, "errors,items.*.error")
        except SinkError as error:
            if error.is_retryable and "answers 429" in error.message:
                return [(429, "", error.message)]
            raise
        if not answer.get("errors"):
            return []
        return [item for item in self._items(answer) if item[0] != 409]

    def _bulk(self, index: str, body: bytes, filter_path: str) -> dict[str, Any]:
        with translated(self._name):
            answer = self._client.bulk(
                index=index,
                operations=[body],  # type: ignore[list-item]  # ready lines pass through as they are
                filter_path=filter_path,
            )
        return dict(answer.body)

    def _items(self, answer: dict[str, Any]) -> list[tuple[int, str, str]]:
        results = [result for item in answer.get("items", []) for result in item.values()]
        return [
            (_status(result["error"]), str(result.get("_id", "")), reason_of(result["error"]))
            for result in results
            if "error" in result
        ]

    def _refused(self, index: str, body: bytes) -> SinkError:
        """The error that names the first refused document. The request is sent once more, to
        hear of ids; it changes nothing that the first one did not."""
        answer = self._bulk(index, body, "errors,items.*.error,items.*._id")
        items = [item for item in self._items(answer) if item[0] not in (409, 429)]
        status, key, reason = items[0] if items else (503, "?", "refused once, then accepted")
        error = of_status(self._name, status, f"document {key!r} of {index}: {reason}")
        error.fix = error.fix or "cast the column in the view, or give the index a fitting mapping."
        return error

    def close(self) -> None:
        self._threads.shutdown()


def _finish(running: set[Future[None]], until: str) -> set[Future[None]]:
    """Wait, raise what the finished ones raised, and return the others."""
    done, rest = wait(running, return_when=until)
    for future in done:
        future.result()
    return rest


def _status(error: dict[str, Any]) -> int:
    kind = error.get("type", "")
    if kind in _HARMLESS:
        return 409
    if kind in ("es_rejected_execution_exception", "circuit_breaking_exception"):
        return 429
    if kind == "unavailable_shards_exception":
        return 503
    return 403 if kind == "cluster_block_exception" else 400
