"""Sends bulk requests with ready bodies, two at a time, and checks the answer for every item.

Every operation carries a version (`external_gte`), so a request may be sent again: a conflict means
that the document is newer already, and is no error. An item's status 400 is about that document;
any other error is about the index or the server.

A request that times out is sent again in halves, if the server answers a ping, and later requests
are shorter: repeating the same requests would time out again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
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
from materializers.sinks.elasticsearch.request import Operation, Part, Refused, Request, gathered

BODY_BYTES_MAX = 5_000_000
BODY_BYTES_MIN = 100_000
"""Shorter requests are not halved after a time-out."""
ALIVE_TIMEOUT_S = 5.0
REQUESTS_MAX = 2
ATTEMPTS_MAX = 8
BACKOFF_S = 0.1
CONTENT_BYTES_MAX = 100 * 2**20
"""`http.max_content_length`, if the server does not tell it."""
# HTTP status, reason.
ItemError = tuple[int, str]
# Status by type of error; all other types are about the document.
_STATUS = {
    "version_conflict_engine_exception": 409,
    "es_rejected_execution_exception": 429,
    "circuit_breaking_exception": 429,
    "unavailable_shards_exception": 503,
    "cluster_block_exception": 403,
    "security_exception": 403,
    "index_not_found_exception": 404,
    "index_closed_exception": 404,
}
_REFUSED_STATUS = (400, 413)
OnRefused = Callable[[Refused], None]


class Bulk:
    """Sends operations to an index through the alias that `name_of` returns for it: without the
    alias Elasticsearch refuses them. Closed with the sink."""

    def __init__(
        self, client: elasticsearch.Elasticsearch, name: str, name_of: Callable[[str], str]
    ) -> None:
        self._client, self._name_of = client, name_of
        self._name = name
        self._content_bytes_max = 0
        self._body_bytes_max = BODY_BYTES_MAX
        self._threads = ThreadPoolExecutor(REQUESTS_MAX, thread_name_prefix=f"bulk-{name}")

    def send(self, index: str, parts: Iterable[Part], on_refused: OnRefused) -> int:
        """Send every part, small ones together; returns the number of requests. `on_refused` gets
        each refused upsert; what it raises ends the send.

        On return all other operations are on disk, in the index's translog. They are not yet
        searchable."""
        running: set[Future[list[Refused]]] = set()
        count = 0
        try:
            for request in gathered(parts, self._body_bytes_max):
                count += 1
                if len(running) == REQUESTS_MAX:
                    running = _finish(running, FIRST_COMPLETED, on_refused)
                running.add(self._threads.submit(self._request, index, request))
        finally:
            # In any case: no request may arrive after this method has ended.
            _finish(running, ALL_COMPLETED, on_refused)
        return count

    def remove(self, index: str, refused: Iterable[Refused]) -> None:
        """Remove the former versions of documents that the index refuses now."""
        parts = [Part(each.removal(), each.operation.row, False) for each in refused]
        self.send(index, parts, lambda refused: None)

    def _request(self, index: str, request: Request) -> list[Refused]:
        """Returns the refused operations. Raises SinkError for every other failure."""
        errors: list[ItemError] = []
        if too_long := self._too_long(index, request):
            return too_long
        with translated(self._name):
            for attempt in range(ATTEMPTS_MAX):
                try:
                    errors = self._errors(index, request.body)
                except elasticsearch.ApiError as error:
                    if error.status_code in _REFUSED_STATUS:
                        return self._halved(index, request, error)
                    raise
                except elasticsearch.ConnectionTimeout:
                    if not self._can_be_shorter(request):
                        raise
                    return self._in_halves(index, request)
                if not errors:
                    return []
                if any(status not in RETRYABLE_STATUS for status, _ in errors):
                    return self._refused(index, request)
                time.sleep(BACKOFF_S * 2**attempt)
        raise of_status(self._name, *errors[0])

    def _errors(self, index: str, body: bytes) -> list[ItemError]:
        """The failed items. The answer is filtered to them: unfiltered it would be as long as the
        request."""
        try:
            answer = self._bulk(index, body, "errors,items.*.error")
        except elasticsearch.ApiError as error:
            if error.status_code == 429:
                return [(429, reason_of(error.body))]
            raise
        items = _items(answer) if answer.get("errors") else []
        return [item for item in items if item is not None and item[0] != 409]

    def _bulk(self, index: str, body: bytes, filter_path: str) -> dict[str, Any]:
        # The client passes ready lines through, whatever its annotation says.
        lines: list[Any] = [body]
        answer = self._client.bulk(
            index=self._name_of(index),
            require_alias=True,
            operations=lines,
            filter_path=filter_path,
        )
        return dict(answer.body)

    def _refused(self, index: str, request: Request) -> list[Refused]:
        """The refused operations, with reasons. Sends the request again for an unfiltered answer,
        in which items have their positions; that changes nothing."""
        for attempt in range(ATTEMPTS_MAX):
            answer = self._bulk(index, request.body, "errors,items.*.error,items.*.status")
            failed = {at: item for at, item in enumerate(_items(answer)) if item is not None}
            failed = {at: item for at, item in failed.items() if item[0] != 409}
            others = [item for item in failed.values() if item[0] != 400]
            if not others:
                operations = list(request.operations()) if failed else []
                return [
                    Refused(operations[at], self._error(index, operations[at], item))
                    for at, item in failed.items()
                    if operations[at].is_upsert
                ]
            if any(status not in RETRYABLE_STATUS for status, _ in others):
                break
            time.sleep(BACKOFF_S * 2**attempt)
        raise of_status(self._name, *others[0])

    def _halved(self, index: str, request: Request, error: elasticsearch.ApiError) -> list[Refused]:
        """The refused operations of a request that is refused as a whole."""
        if request.count > 1:
            return self._in_halves(index, request)
        (operation,) = request.operations()
        item = error.status_code, reason_of(error.body)
        refused = Refused(operation, self._error(index, operation, item))
        return [refused] if operation.is_upsert else []

    def _in_halves(self, index: str, request: Request) -> list[Refused]:
        return [refused for half in request.halves() for refused in self._request(index, half)]

    def _can_be_shorter(self, request: Request) -> bool:
        """Whether a request that timed out should be halved."""
        if request.count == 1 or request.size <= BODY_BYTES_MIN:
            return False
        self._body_bytes_max = min(self._body_bytes_max, max(BODY_BYTES_MIN, request.size // 2))
        return bool(self._client.options(request_timeout=ALIVE_TIMEOUT_S).ping())

    def _error(self, index: str, operation: Operation, item: ItemError) -> SinkError:
        status, reason = item
        error = of_status(self._name, status, f"document {operation.id!r} of {index}: {reason}")
        error.without_values = f"sink {self._name}: a document of {index} is refused ({status})."
        error.fix = error.fix or "cast the column in the view, or give the index a fitting mapping."
        return error

    def _too_long(self, index: str, request: Request) -> list[Refused]:
        """The one document of a request that is longer than the server accepts: it would close the
        connection."""
        if len(request.parts) > 1 or len(request.parts[0].data) <= BODY_BYTES_MAX:
            return []
        self._content_bytes_max = self._content_bytes_max or self._ask_content_bytes_max()
        size = len(request.parts[0].data)
        if size <= self._content_bytes_max:
            return []
        (operation,) = request.operations()
        reason = f"it has {size:,} bytes, http.max_content_length is {self._content_bytes_max:,}"
        return [Refused(operation, self._error(index, operation, (413, reason)))]

    def _ask_content_bytes_max(self) -> int:
        path = "nodes.*.http.max_content_length_in_bytes"
        try:
            answer = self._client.nodes.info(metric="http", filter_path=path)
        except elasticsearch.ApiError:
            return CONTENT_BYTES_MAX  # the user may lack the right to ask
        nodes = answer.body.get("nodes", {}).values()
        limits = [int(node["http"]["max_content_length_in_bytes"]) for node in nodes]
        return min(limits, default=CONTENT_BYTES_MAX)

    def close(self) -> None:
        self._threads.shutdown()


def _finish(
    running: set[Future[list[Refused]]], until: str, on_refused: OnRefused
) -> set[Future[list[Refused]]]:
    """Wait, report what finished requests refused, raise what they raised; returns the others."""
    done, rest = wait(running, return_when=until)
    for future in done:
        for refused in future.result():
            on_refused(refused)
    return rest


def _items(answer: dict[str, Any]) -> list[ItemError | None]:
    """Each item's error, or None."""
    results = [result for item in answer.get("items", []) for result in item.values()]
    return [
        (_STATUS.get(result["error"].get("type", ""), 400), reason_of(result["error"]))
        if "error" in result
        else None
        for result in results
    ]
