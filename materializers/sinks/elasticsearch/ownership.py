"""The owner of a sink in Elasticsearch, and how other writers are fenced.

The owner is a document of the control index, changed by compare-and-set. No transaction spans it
and a bulk request, so each epoch writes through aliases of its own. A hidden alias stands for each
generation's index, and bulk requests require it. Another stands for the control index; every change
of aliases and indices removes and adds it again in the same step. A claim removes the former
epoch's aliases, so the server refuses later writes, and waits for earlier ones (adding a write
block returns once no write is under way).
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from elasticsearch import ConflictError, Elasticsearch, NotFoundError

from materializers.errors import SinkError
from materializers.sinks.elasticsearch.cuts import CONTROL_INDEX, Cuts
from materializers.sinks.owner import Owner, claimed_meanwhile, lost_to, other_sinks
from materializers.writer import Writer

_PREFIX = "rederive-"
Action = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Record:
    """`is_fenced`: nobody else can write any more. `sequence`, `term`: of the document."""

    owner: Owner
    is_fenced: bool
    sequence: int
    term: int


class Ownership:
    """The owner of the alias `alias`, as seen by the sink `sink` opened by `writer`. Raises the
    client's errors, and SinkError."""

    def __init__(
        self, client: Elasticsearch, alias: str, sink: str, writer: Writer | None, cuts: Cuts
    ) -> None:
        self._client, self._cuts = client, cuts
        self._alias, self._sink, self._writer = alias, sink, writer
        self._id = f"{alias}:owner"
        self._epoch = 0

    def read(self) -> Owner | None:
        record = self._read()
        return record.owner if record is not None else None

    def _read(self) -> _Record | None:
        try:
            document = self._client.get(index=CONTROL_INDEX, id=self._id, realtime=True)
        except NotFoundError:
            return None
        source = document["_source"]
        if source["sink"] != self._sink:
            raise other_sinks(f"sink {self._sink}: index {self._alias}", self._sink)
        owner = Owner(
            Writer.from_json(source["writer"]),
            int(source["epoch"]),
            source["tenure"],
            time.time() - float(source["seen"]),
            bool(source["has_ended"]),
        )
        sequence, term = document["_seq_no"], document["_primary_term"]
        return _Record(owner, source["is_fenced"], sequence, term)

    def _save(self, owner: Owner, is_fenced: bool, before: _Record | None) -> None:
        document = {
            "sink": self._sink,
            "writer": owner.writer.to_json(),
            "epoch": owner.epoch,
            "tenure": owner.tenure,
            "has_ended": owner.has_ended,
            "is_fenced": is_fenced,
            "seen": time.time(),
        }
        unchanged: dict[str, Any] = {"op_type": "create"}
        if before is not None:
            unchanged = {"if_seq_no": before.sequence, "if_primary_term": before.term}
        try:
            self._client.index(index=CONTROL_INDEX, id=self._id, document=document, **unchanged)
        except ConflictError as error:
            raise claimed_meanwhile(self._sink) from error

    def claim(self, tenure: str, over: Owner | None, indices: Sequence[str]) -> None:
        """See `Owned.claim`. `indices`: the sink's generations."""
        assert self._writer is not None, "opened for reading"
        self._cuts.ensure()
        record = self._read()
        if record is None or record.owner.writer.run != self._writer.run:
            epoch = record.owner.epoch if record is not None else 0
            if epoch != (over.epoch if over is not None else 0):
                raise claimed_meanwhile(self._sink)
            epoch = max([epoch, *self._guards().values()])  # the record may be lost or restored
            claimed = Owner(self._writer, epoch + 1, tenure, 0.0, has_ended=False)
            self._save(claimed, False, record)
            record = self._read()
        assert record is not None
        if not record.is_fenced:
            try:
                self._fence(record.owner, indices)
                self._save(record.owner, True, record)
            except (SinkError, NotFoundError) as error:
                raise self._lost_or_again() from error
        self._epoch = record.owner.epoch

    def _lost_or_again(self) -> SinkError:
        """The error of a claim that was saved but could not be completed."""
        record, run = self._read(), self._writer.run if self._writer is not None else ""
        if record is not None and record.owner.writer.run != run:
            return lost_to(self._sink, record.owner)
        return claimed_meanwhile(self._sink)

    def _fence(self, owner: Owner, indices: Sequence[str]) -> None:
        """Replace the aliases of former epochs by this one's. Raises SinkError where a later epoch
        has them, NotFoundError where one gets them meanwhile: each step removes the former epoch's
        alias from the control index, so only the first of two succeeds."""
        if self._writer is None or owner.writer.run != self._writer.run:
            raise claimed_meanwhile(self._sink)
        epoch = owner.epoch
        places = [CONTROL_INDEX, *indices]
        aliases = self._client.indices.get_alias(index=places).body
        if any(number > epoch for number in self._guards(aliases).values()):
            raise claimed_meanwhile(self._sink)
        actions: list[Action] = []
        for index in places:
            place = self._id if index == CONTROL_INDEX else index
            for alias in self._names(place, aliases[index]["aliases"]):
                former = {"index": index, "alias": alias, "must_exist": True}
                actions.append({"remove": former})
            actions.append(_add(index, f"{self._stem(place)}{epoch}"))
        self._client.indices.update_aliases(actions=actions)
        if indices:
            self._client.indices.add_block(index=list(indices), block="write")
            self._client.indices.put_settings(
                index=list(indices), settings={"index.blocks.write": None}
            )

    def _guards(self, aliases: Mapping[str, Any] | None = None) -> dict[str, int]:
        """The control index's aliases with their epochs, from `aliases` or asked for."""
        aliases = aliases or self._client.indices.get_alias(index=CONTROL_INDEX).body
        return self._names(self._id, aliases[CONTROL_INDEX]["aliases"])

    def _names(self, place: str, aliases: Iterable[str]) -> dict[str, int]:
        """Those aliases that belong to `place`, with their epochs."""
        stem = self._stem(place)
        return {each: int(each[len(stem) :]) for each in aliases if each.startswith(stem)}

    def require(self) -> None:
        """Raise SinkError unless the writer is the owner."""
        record = self._read()
        run = self._writer.run if self._writer is not None else ""
        if record is None or record.owner.writer.run != run or not record.is_fenced:
            raise lost_to(self._sink, record.owner if record is not None else None)
        self._epoch = record.owner.epoch

    def sign(self, has_ended: bool) -> None:
        """Raises NotOwner."""
        self.require()
        record = self._read()
        assert record is not None
        owner = record.owner
        signed = Owner(owner.writer, owner.epoch, owner.tenure, 0.0, has_ended)
        self._save(signed, True, record)

    def name_of(self, index: str) -> str:
        """The alias through which only the owner writes to the index. Raises SinkError unless the
        writer is the owner."""
        if not self._epoch:
            self.require()
        return f"{self._stem(index)}{self._epoch}"

    def new_aliases(self, index: str) -> Mapping[str, Any]:
        """The aliases that a new index is created with."""
        return {self.name_of(index): {"is_hidden": True}}

    def change(self, actions: Sequence[Action]) -> None:
        """Change aliases and indices in one step, if the writer is the owner."""
        guard = self.name_of(self._id)
        held: Action = {"remove": {"index": CONTROL_INDEX, "alias": guard, "must_exist": True}}
        self._client.indices.update_aliases(actions=[held, _add(CONTROL_INDEX, guard), *actions])

    def restore(self, index: str) -> None:
        """Add an alias that somebody has removed to its index again."""
        self.require()
        self.change([_add(index, self.name_of(index))])

    @staticmethod
    def _stem(place: str) -> str:
        return f"{_PREFIX}{hashlib.sha256(place.encode()).hexdigest()[:20]}-"


def _add(index: str, alias: str) -> Action:
    return {"add": {"index": index, "alias": alias, "is_hidden": True}}
