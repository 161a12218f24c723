"""Bulk requests from ready bodies: two at a time, every item's answer looked at.

Every operation carries a version (`external_gte`), so a request may be sent again: a conflict
says that the document is newer already, and is no error.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
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
# HTTP status, document's id, reason.
ItemError = tuple[int, str, str]
_HARMLESS = ("version_conflict_engine_exception",)


class Bulk:
    """Sends bodies to one index. Closed with the sink."""

    def __init__(self, client: elasticsearch.Elasticsearch, name: str) -> None:
        self._client = client
        self._name = name
        self._threads = ThreadPoolExecutor(REQUESTS_MAX, thread_name_prefix=f"bulk-{name}")

    def send(self, index: str, bodies: Iterable[memoryview]) -> int:
        """Send every body, small ones together, and return the number of requests.

        When it returns, all operations are in the index's translog, on disk; they are not yet
        searchable."""
        running: set[Future[None]] = set()
        count = 0
        try:
            for body in _gathered(bodies):
                count += 1
                if len(running) == REQUESTS_MAX:
                    running = _finish(running, FIRST_COMPLETED)
                running.add(self._threads.submit(self._request, index, body))
            return count
        finally:
            # Also where a body could not be made: nothing may arrive after this method's end.
            _finish(running, ALL_COMPLETED)

    def _request(self, index: str, body: bytes) -> None:
        errors: list[ItemError] = []
        with translated(self._name):
            for attempt in range(ATTEMPTS_MAX):
                errors = self._errors(index, body)
                if not errors:
                    return
                if any(status not in RETRYABLE_STATUS for status, _, _ in errors):
                    raise self._refused(index, body)
                time.sleep(BACKOFF_S * 2**attempt)
        raise of_status(self._name, *errors[0][::2])

    def _errors(self, index: str, body: bytes) -> list[ItemError]:
        """The items that failed. The answer names those only: for good ones it would be as long
        as the request."""
        try:
            answer = self._bulk(index, body, "errors,items.*.error")
        except elasticsearch.ApiError as error:
            if error.status_code == 429:
                return [(429, "", reason_of(error.body))]
            raise
        items = self._items(answer) if answer.get("errors") else []
        return [item for item in items if item[0] != 409]

    def _bulk(self, index: str, body: bytes, filter_path: str) -> dict[str, Any]:
        # The client passes ready lines on as they are, whatever its annotation says.
        lines: list[Any] = [body]
        answer = self._client.bulk(index=index, operations=lines, filter_path=filter_path)
        return dict(answer.body)

    def _items(self, answer: dict[str, Any]) -> list[ItemError]:
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


def _gathered(bodies: Iterable[memoryview]) -> Iterator[bytes]:
    parts: list[memoryview] = []
    size = 0
    for body in bodies:
        if parts and size + len(body) > BODY_BYTES_MAX:
            yield b"".join(parts)
            parts, size = [], 0
        parts.append(body)
        size += len(body)
    if parts:
        yield b"".join(parts)


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
