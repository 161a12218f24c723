"""Who owns a sink in Elasticsearch, and what keeps all others from writing.

The owner is a document of the control index, changed by compare-and-set. There is no transaction
over it and a bulk request, so that each epoch writes through names of its own: a hidden alias for
each generation's index, which a bulk request requires, and one on the control index, which every
change of aliases and indices takes away and puts back in the same step. A claim removes the
former epoch's names, so that the server itself refuses what comes later, and waits until what
came before is done (a write block returns when nothing is under way).
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
    """`is_fenced`: nobody else can write any more. `sequence` and `term`: the document's."""

    owner: Owner
    is_fenced: bool
    sequence: int
    term: int


class Ownership:
    """The owner of the alias `alias`, as the sink `sink` opened by `writer` sees it. Raises what
    the client raises, and SinkError."""

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
            found = self._client.get(index=CONTROL_INDEX, id=self._id, realtime=True)
        except NotFoundError:
            return None
        source = found["_source"]
        if source["sink"] != self._sink:
            raise other_sinks(f"sink {self._sink}: index {self._alias}", self._sink)
        owner = Owner(
            Writer.from_json(source["writer"]),
            int(source["epoch"]),
            source["tenure"],
            time.time() - float(source["seen"]),
            bool(source["has_ended"]),
        )
        return _Record(owner, source["is_fenced"], found["_seq_no"], found["_primary_term"])

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
        """See `Owned.claim`; `indices` are the sink's generations."""
        assert self._writer is not None, "opened for reading"
        self._cuts.ensure()
        record = self._read()
        if record is None or record.owner.writer.run != self._writer.run:
            epoch = record.owner.epoch if record is not None else 0
            if epoch != (over.epoch if over is not None else 0):
                raise claimed_meanwhile(self._sink)
            epoch = max([epoch, *self._guards().values()])  # a record that was lost or restored
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
        """Why a claim that was saved went no further."""
        record, run = self._read(), self._writer.run if self._writer is not None else ""
        if record is not None and record.owner.writer.run != run:
            return lost_to(self._sink, record.owner)
        return claimed_meanwhile(self._sink)

    def _fence(self, owner: Owner, indices: Sequence[str]) -> None:
        """Give the names of former epochs to this one. Raises SinkError where a later epoch has
        them, NotFoundError where one gets them meanwhile: each step takes the former epoch's name
        from the control index, so that of two only the first succeeds."""
        if self._writer is None or owner.writer.run != self._writer.run:
            raise claimed_meanwhile(self._sink)
        epoch = owner.epoch
        places = [CONTROL_INDEX, *indices]
        found = self._client.indices.get_alias(index=places).body
        if any(number > epoch for number in self._guards(found).values()):
            raise claimed_meanwhile(self._sink)
        actions: list[Action] = []
        for index in places:
            place = self._id if index == CONTROL_INDEX else index
            for alias in self._names(place, found[index]["aliases"]):
                former = {"index": index, "alias": alias, "must_exist": True}
                actions.append({"remove": former})
            actions.append(_add(index, f"{self._stem(place)}{epoch}"))
        self._client.indices.update_aliases(actions=actions)
        if indices:
            self._client.indices.add_block(index=list(indices), block="write")
            self._client.indices.put_settings(
                index=list(indices), settings={"index.blocks.write": None}
            )

    def _guards(self, found: Mapping[str, Any] | None = None) -> dict[str, int]:
        """The names on the control index, as they are or as they were found."""
        found = found or self._client.indices.get_alias(index=CONTROL_INDEX).body
        return self._names(self._id, found[CONTROL_INDEX]["aliases"])

    def _names(self, place: str, aliases: Iterable[str]) -> dict[str, int]:
        """Of the aliases those of one place, with the epoch of each."""
        stem = self._stem(place)
        return {each: int(each[len(stem) :]) for each in aliases if each.startswith(stem)}

    def require(self) -> None:
        """Raise SinkError where the writer is not the owner."""
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
        """The alias through which the owner alone writes to the index. Raises SinkError where the
        writer is not the owner."""
        if not self._epoch:
            self.require()
        return f"{self._stem(index)}{self._epoch}"

    def new_aliases(self, index: str) -> Mapping[str, Any]:
        """The aliases with which an index is made."""
        return {self.name_of(index): {"is_hidden": True}}

    def change(self, actions: Sequence[Action]) -> None:
        """Change aliases and indices, all in one step, if the writer is the owner."""
        guard = self.name_of(self._id)
        held: Action = {"remove": {"index": CONTROL_INDEX, "alias": guard, "must_exist": True}}
        self._client.indices.update_aliases(actions=[held, _add(CONTROL_INDEX, guard), *actions])

    def restore(self, index: str) -> None:
        """Give the index its alias again, which somebody has removed."""
        self.require()
        self.change([_add(index, self.name_of(index))])

    @staticmethod
    def _stem(place: str) -> str:
        return f"{_PREFIX}{hashlib.sha256(place.encode()).hexdigest()[:20]}-"


def _add(index: str, alias: str) -> Action:
    return {"add": {"index": index, "alias": alias, "is_hidden": True}}
