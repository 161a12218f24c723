"""Turns the stream's messages into records inside the publisher's transaction.

`Changes.apply` is capture's inner loop, written for speed: it handles inserts, and updates without
an old row, itself; everything else is one call away.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

from confluent_kafka import KafkaException

from cdc.contract.envelope import Envelope, Origin
from cdc.contract.schemas import Emptied, TableSchema
from cdc.errors import ContractError
from cdc.position import Lsn
from cdc.publish import Publisher
from cdc.recorded import Recorded
from cdc.sources.postgres.catalogue.ddl_events import PREFIX
from cdc.sources.postgres.catalogue.definition import Definition
from cdc.sources.postgres.stream import pgoutput
from cdc.sources.postgres.stream.partition_sent import PartitionSent
from cdc.sources.postgres.stream.pgoutput import (
    BEGIN,
    COMMIT,
    DELETE,
    INSERT,
    NEW_ROW,
    OLD_ROW,
    RELATION,
    SHORT_TEXT,
    TRUNCATE,
    TUPLE_AT,
    UPDATE,
    Relation,
    Unchanged,
    Value,
)
from cdc.sources.postgres.stream.relations import CapturedTable, Relations
from cdc.sources.postgres.stream.reread import Reread
from cdc.sources.postgres.visibility import Visibility


class Changes:
    """Decodes the stream from `start` on and publishes its changes.

    `position`, `committed_at_us`: of the last complete transaction.
    `lag_us`: how long after its commit the server sent it.
    `rows`: changes published since the owner last set it to zero.
    `is_look_wanted`: the stream shows that a table's definition may have changed.
    `unreadable`: captured tables whose rows have another layout than the one recorded.
    `partitions_sent`: partitions of which rows were, or will be, published.
    A cut may be written only while `is_between_transactions`, and not before `not_before`.
    """

    def __init__(
        self,
        publisher: Publisher,
        recorded: Recorded,
        relations: Relations,
        reread: Reread,
        visibility: Visibility,
        start: Lsn,
    ) -> None:
        self._publisher, self._recorded, self._relations = publisher, recorded, relations
        self._reread, self._visibility = reread, visibility
        self._start = start
        self._messages: dict[bytes, Relation] = {}
        self._tables: dict[bytes, CapturedTable] = {}
        self._captured = self._tables
        self._origin: Origin | None = None
        self.is_look_wanted = False
        self.unreadable: set[str] = set()
        self.partitions_sent: list[PartitionSent] = []
        self._root = ""
        self.position, self.committed_at_us, self.lag_us, self.rows = start, 0, 0, 0

    @property
    def is_between_transactions(self) -> bool:
        return self._origin is None

    @property
    def not_before(self) -> Lsn:
        return self._reread.not_before

    def apply(self, messages: Iterator[bytes], due: float, rows_max: int) -> bool:
        """Publish the messages. Stops early, and returns True, at the end of a transaction once
        the monotonic time is `due`, `rows_max` rows are published or a look is wanted."""
        produce, tables = self._publisher.produce, self._captured
        origin, rows = self._origin, self.rows
        lsn_of = pgoutput.lsn_of
        for message in messages:
            kind = message[25]
            if kind == INSERT or (kind == UPDATE and message[30] == NEW_ROW):
                table = tables.get(message[26:30])
                if table is None:
                    continue
                if table.origin is not origin:
                    self._touch(table)
                stamp = table.stamp
                tail = stamp[2] if kind == INSERT else stamp[3]
                lsn = b"%d" % lsn_of(message)
                pieces = message[33:].split(SHORT_TEXT)
                if len(pieces) == table.pieces:
                    key, value = table.envelope.stripped(pieces, lsn, stamp, tail)
                else:
                    values = self._whole(table, pgoutput.row(message, TUPLE_AT)[0])
                    key, value = table.envelope.whole(values, lsn, stamp, tail)
                rows += 1
                try:
                    produce(table.topic, value, key)
                except (BufferError, KafkaException):
                    self._publisher.publish(table.topic, value, key)
                continue
            self.rows = rows
            self._apply_other(message, kind)
            origin, rows, tables = self._origin, self.rows, self._captured
            if kind == COMMIT and (
                rows >= rows_max or time.monotonic() >= due or self.is_look_wanted
            ):
                return True
        self.rows = rows
        return False

    def _apply_other(self, message: bytes, kind: int) -> None:
        if kind == BEGIN:
            self._begin(message)
        elif kind == COMMIT:
            self._commit(message)
        elif kind == UPDATE:
            self._update(message)
        elif kind == DELETE:
            self._delete(message)
        elif kind == RELATION:
            self._relation(message)
        elif kind == TRUNCATE:
            self._truncate(message)
        elif kind == pgoutput.LOGICAL_MESSAGE:
            self._logical_message(message)
        elif kind not in (pgoutput.TYPE, pgoutput.ORIGIN):
            raise ContractError(f"The stream holds a message of unknown kind {chr(kind)!r}.")

    def _logical_message(self, message: bytes) -> None:
        self.is_look_wanted |= pgoutput.message_prefix(message) == PREFIX

    # ------------------------------------------------------------------ transactions

    def _begin(self, message: bytes) -> None:
        begin = pgoutput.begin(message)
        # Already inside the newest cut, sent again after a crash: nothing to publish.
        self._captured = {} if begin.commit_lsn < self._start else self._tables
        self._visibility.note(begin.xid)
        self._root = ""
        self._origin = Origin(
            commit_lsn=begin.commit_lsn,
            committed_at_us=begin.committed_at_us,
            xid=begin.xid,
            captured_at_us=time.time_ns() // 1000,
            previous_lsn=self.position,
        )

    def _commit(self, message: bytes) -> None:
        if self._relations.has_unknown_label:
            # Readers learn the label's place in the order with the cut that holds the row
            self._relations.has_unknown_label, self.is_look_wanted = False, True
        commit = pgoutput.commit(message)
        if commit.end_lsn >= self._start:
            self.position = Lsn(commit.end_lsn)
            self.committed_at_us = commit.committed_at_us
            self.lag_us = commit.sent_at_us - commit.committed_at_us
        self._origin = None

    def _current(self) -> Origin:
        if self._origin is None:
            raise ContractError("The stream holds a change outside of a transaction.")
        return self._origin

    def _touch(self, table: CapturedTable) -> None:
        """Prepare a table to publish its changes of the current transaction."""
        table.stamp_for(self._current())
        self._publisher.begin()
        self._publisher.touched.add(table.topic)

    # ------------------------------------------------------------------ rows

    def _table(self, message: bytes) -> CapturedTable | None:
        table = self._captured.get(message[26:30])
        if table is not None and table.origin is not self._origin:
            self._touch(table)
        return table

    def _whole(self, table: CapturedTable, values: list[Value]) -> list[bytes | None]:
        if Unchanged.VALUE in values:
            return self._reread.complete(table, values, self._current().xid or 0)
        return values  # type: ignore[return-value]  # no Unchanged is among them

    def _update(self, message: bytes) -> None:
        """An update that carries its old key or old row."""
        table = self._table(message)
        if table is None:
            return
        old, at = pgoutput.row(message, TUPLE_AT)
        new, _ = pgoutput.row(message, at + 1)
        is_full = message[30] == OLD_ROW
        if is_full:
            new = [o if n is Unchanged.VALUE else n for o, n in zip(old, new, strict=True)]
        before, after = self._whole(table, old), self._whole(table, new)
        envelope, lsn, stamp = table.envelope, b"%d" % pgoutput.lsn_of(message), table.stamp
        if envelope.key_values(before) != envelope.key_values(after):
            self._publish_delete(table, before, lsn)
            key, value = envelope.whole(after, lsn, stamp, stamp.create)
        elif is_full:
            rows = envelope.row(before), envelope.row(after)
            key, value = envelope.key(after), Envelope.changed(*rows, lsn, stamp, stamp.update)
        else:
            key, value = envelope.whole(after, lsn, stamp, stamp.update)
        self._publisher.publish(table.topic, value, key)
        self.rows += 1

    def _delete(self, message: bytes) -> None:
        table = self._table(message)
        if table is not None:
            old, _ = pgoutput.row(message, TUPLE_AT)
            lsn = b"%d" % pgoutput.lsn_of(message)
            self._publish_delete(table, self._whole(table, old), lsn)
            self.rows += 1

    def _publish_delete(self, table: CapturedTable, row: list[bytes | None], lsn: bytes) -> None:
        """The delete's envelope, and the tombstone by which compaction removes the key."""
        envelope, stamp, key = table.envelope, table.stamp, table.envelope.key(row)
        value = Envelope.changed(envelope.row(row), b"null", lsn, stamp, stamp.delete)
        self._publisher.publish(table.topic, value, key)
        self._publisher.publish(table.topic, None, key)

    # ------------------------------------------------------------------ tables

    def _relation(self, message: bytes) -> None:
        relation = pgoutput.relation(message)
        self._messages[relation.id] = relation
        self._note_partition(relation)
        if unreadable := self._lay_out(relation):
            self.unreadable.add(unreadable)
        if self._recorded.layout(relation.name) is not None or self.unreadable:
            self.is_look_wanted = True

    def _note_partition(self, relation: Relation) -> None:
        """Record a partition: its Relation message directly follows that of its partitioned table.
        Done inside the newest cut too, for the message is not sent again before later rows. The
        relations of one TRUNCATE follow each other likewise, but then the table is refilled."""
        oid, origin = int.from_bytes(relation.id, "big"), self._current()
        if self._root:
            sent = PartitionSent(self._root, oid, origin.xid or 0, Lsn(origin.commit_lsn))
            self.partitions_sent.append(sent)
        recorded = self._recorded.layout(relation.name)
        is_root = recorded is not None and _identity_of(recorded.definition) == (oid, "p")
        self._root = relation.name if is_root else ""

    def _lay_out(self, relation: Relation) -> str:
        """Use the message's layout for the relation's changes from here on. Returns the name of a
        captured table whose readers cannot read that layout, else ""."""
        oid, table = int.from_bytes(relation.id, "big"), None
        is_known = self._recorded.layout(relation.name) is not None
        name = relation.name if is_known else self._former_name(oid)
        recorded = self._recorded.layout(name)
        # Another table of this name is not captured until a look at the catalogue says so.
        is_ours = recorded is not None and _identity_of(recorded.definition)[0] == oid
        if recorded is not None and is_ours and name == relation.name:
            table = self._relations.captured(relation, recorded)
        if table is not None:
            self._tables[relation.id] = table
            return name if recorded is not None and _has_other_names(relation, recorded) else ""
        self._tables.pop(relation.id, None)
        return name if is_ours else ""

    def _former_name(self, oid: int) -> str:
        """The captured table with this oid, which the message calls by another name: it may have
        been renamed back since."""
        for name in self._recorded.names_laid_out():
            recorded = self._recorded.layout(name)
            if recorded is not None and _identity_of(recorded.definition)[0] == oid:
                return name
        return ""

    def lay_out_again(self, table: str) -> None:
        """Use the table's newest schema for its changes from here on.

        Works on old messages: normally the server sends a new one before the next change, but for
        a renamed partitioned table not until one of its partitions changes."""
        recorded = self._recorded.layout(table)
        oid = _identity_of(recorded.definition)[0] if recorded is not None else 0
        for relation in list(self._messages.values()):
            if relation.name != table and int.from_bytes(relation.id, "big") == oid:
                schema, _, name = table.partition(".")
                relation = replace(relation, schema=schema, table=name)
                self._messages[relation.id] = relation
            if relation.name == table:
                self._lay_out(relation)

    def _truncate(self, message: bytes) -> None:
        """Records published so far for these tables no longer count."""
        self._publisher.begin()
        self._publisher.flush()
        for identifier in pgoutput.truncate(message).relations:
            table = self._captured.get(identifier)
            recorded = self._recorded.get(table.schema.table) if table is not None else None
            if table is None or recorded is None:
                continue
            lsn = Lsn(self._current().commit_lsn)
            emptied = Emptied(lsn, self._publisher.ends(table.topic))
            self._recorded.record(replace(recorded, lsn=lsn, emptied=emptied))


def _has_other_names(relation: Relation, recorded: TableSchema) -> bool:
    """Whether each side has columns that the other lacks: then one was renamed, before or after
    this message. A column added or dropped is missing on one side only."""
    here, there = ({column.name for column in each.columns} for each in (relation, recorded))
    return bool(here - there) and bool(there - here)


@lru_cache(maxsize=4_096)
def _identity_of(definition: str) -> tuple[int, str]:
    """The table's oid and kind."""
    parsed = Definition.from_json(definition) if definition else None
    return (parsed.oid, parsed.kind) if parsed is not None else (0, "")
