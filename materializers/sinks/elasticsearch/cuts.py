"""The cut that each generation has reached, as a document of one control index."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from elasticsearch import BadRequestError, ConflictError, Elasticsearch, NotFoundError

from materializers.errors import SinkError

CONTROL_INDEX = "rederive-cuts"


@dataclass(frozen=True, slots=True)
class Reached:
    """A generation's version and cut. `sequence`, `term`: of the document, -1 without one."""

    version: int = -1
    cut: str = ""
    sequence: int = -1
    term: int = -1


class Cuts:
    """Reads and writes the control index. Raises the client's errors."""

    def __init__(self, client: Elasticsearch, name: str) -> None:
        self._client = client
        self._name = name

    def ensure(self) -> None:
        """Create the control index, if missing."""
        if self._client.indices.exists(index=CONTROL_INDEX):
            return
        try:
            self._client.indices.create(
                index=CONTROL_INDEX,
                settings={"number_of_shards": 1, "auto_expand_replicas": "0-1"},
                mappings={"dynamic": False},
            )
        except BadRequestError as error:
            if error.error != "resource_already_exists_exception":
                raise

    def read(self, indices: Sequence[str]) -> dict[str, Reached]:
        """Index -> what it has reached."""
        reached = dict.fromkeys(indices, Reached())
        if not indices:
            return reached
        # As documents of an index each, a missing control index is no error of the request.
        wanted = [{"_index": CONTROL_INDEX, "_id": index} for index in indices]
        answer = self._client.mget(docs=wanted, realtime=True)
        reached |= {doc["_id"]: _reached(doc) for doc in answer.body["docs"] if doc.get("found")}
        return reached

    def reached(self, index: str, alias: str) -> Reached | None:
        """What one index has reached; None where its alias does not exist. One request for both, as
        it precedes a writer's first step."""
        wanted = [{"_index": CONTROL_INDEX, "_id": index}, {"_index": alias, "_id": "-"}]
        cut, probe = self._client.mget(docs=wanted, source_includes=["version", "cut"]).body["docs"]
        if "error" in probe:
            return None
        return _reached(cut) if cut.get("found") else Reached()

    def save(self, index: str, version: int, cut: str, before: Reached) -> Reached:
        """Replace what `read` returned, and return the replacement. Raises SinkError where it was
        replaced since, by another writer or by this request's own first attempt."""
        unchanged: dict[str, Any] = {"op_type": "create"}
        if before.sequence >= 0:
            unchanged = {"if_seq_no": before.sequence, "if_primary_term": before.term}
        document = {"version": version, "cut": cut}
        try:
            answer = self._client.index(
                index=CONTROL_INDEX, id=index, document=document, **unchanged
            )
        except ConflictError as error:
            raise SinkError(
                f"sink {self._name}: the cut of {index} was moved by somebody else.",
                fix="stop the other process that writes this sink.",
                is_retryable=True,
            ) from error
        return Reached(version, cut, answer.body["_seq_no"], answer.body["_primary_term"])

    def forget(self, index: str, before: Reached) -> None:
        """Remove the cut of a removed generation, unless it was replaced since."""
        if before.sequence < 0:
            return
        sequence, term = before.sequence, before.term
        try:
            self._client.delete(
                index=CONTROL_INDEX, id=index, if_seq_no=sequence, if_primary_term=term
            )
        except (NotFoundError, ConflictError):
            return


def _reached(document: dict[str, Any]) -> Reached:
    source = document["_source"]
    return Reached(
        int(source["version"]), str(source["cut"]), document["_seq_no"], document["_primary_term"]
    )
