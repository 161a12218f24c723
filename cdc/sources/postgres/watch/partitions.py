"""Whether all rows that the stream sent of a table's partitions are rows of the table.

A partition attached and detached between two looks leaves its rows on the topic and no trace in the
catalogue. So a partition of which rows were sent (`partition_sent.py`) must be in the definition by
which the table is published. A new partition that is about to be read voids nothing on the topic:
there it must be certain that it has stayed attached, and was not truncated, since its rows were
sent. In doubt the whole table is read again.
"""

from __future__ import annotations

from collections.abc import Sequence

from cdc.config import Source
from cdc.sources.postgres.catalogue.attachment import Attachment, attachments, holds_rows_of
from cdc.sources.postgres.catalogue.consequence import (
    Consequence,
    consequence,
    may_be_sent_otherwise,
)
from cdc.sources.postgres.catalogue.definition import Definition
from cdc.sources.postgres.connection import Connection, source_errors
from cdc.sources.postgres.stream.partition_sent import PartitionSent
from cdc.sources.postgres.watch.pending import Due

_LEARNS_OF_DETACHMENT = 150_000


class Partitions:
    """Asks on `connection`, which must see the transactions that sent the rows.

    `outlive_detachment`: in a stream, servers before 15 decide once, at a relation's first row,
    whether and as which table its rows are sent, and ignore later ATTACH and DETACH. Only a stream
    started after the change is right.
    """

    def __init__(self, source: Source, connection: Connection) -> None:
        self._source, self._connection = source, connection
        self.outlive_detachment = connection.info.server_version < _LEARNS_OF_DETACHMENT

    def are_sent_as_before(self, before: Definition, after: Definition) -> bool:
        """Whether an older stream may send rows as if the definition had not changed."""
        if not self.outlive_detachment or not may_be_sent_otherwise(before, after):
            return False
        new = _oids(after) - _oids(before)
        if consequence(before, after)[0] is not Consequence.FILL:
            return True
        with source_errors(self._source, "look at the partitions of"):
            attached = attachments(self._connection, new)
        return not all(each.is_makers and each.is_by_birth for each in attached)

    def are_doubtful(
        self, sent: Sequence[PartitionSent], published: Definition, due: Due | None
    ) -> bool:
        """Whether rows were sent of a partition that may have been detached. `published`: the
        definition by which the topic's rows were read; `due`: what will be read."""
        if due is not None and not due.partitions:
            return False  # the whole table is read: earlier records will not count
        known = _oids(published)
        unknown = [each for each in sent if each.partition not in known]
        if due is None or not unknown:
            return bool(unknown)
        if any(each.partition not in due.partitions for each in unknown):
            return True
        # A transaction that wrote to it before the look and commits after it keeps it attached.
        before = [each for each in unknown if each.commit_lsn < due.lsn]
        return bool(before) and not self._have_stayed(_oids(due.definition) - known, before)

    def _have_stayed(self, new: set[int], sent: Sequence[PartitionSent]) -> bool:
        """Whether these partitions, and all `new` ones above them, are unchanged since rows of them
        were sent."""
        with source_errors(self._source, "look at the partitions of"):
            attached = attachments(self._connection, new)
        return len(attached) == len(new) and all(self._has_stayed(each, sent) for each in attached)

    def _has_stayed(self, attachment: Attachment, sent: Sequence[PartitionSent]) -> bool:
        if not (attachment.is_makers and attachment.has_first_file):
            return False
        makers = [each for each in sent if not attachment.is_older_than(each.xid)]
        if not makers:
            return True
        own = [each.xid for each in makers if each.partition == attachment.oid]
        if not attachment.is_by_birth or sent[0].table in self._source.keys:
            return False  # a table with a declared key may have no index
        return not own or self._was_not_emptied(attachment, own)

    def _was_not_emptied(self, attachment: Attachment, xids: Sequence[int]) -> bool:
        """Whether the transaction that made it did not truncate it after sending rows. TRUNCATE
        rebuilds its indexes, so the partition is announced again before its next row."""
        if len(xids) > 1:
            return False
        with source_errors(self._source, "look at the partitions of"):
            return holds_rows_of(self._connection, attachment.oid, [attachment.xid, *xids])


def _oids(definition: Definition) -> set[int]:
    return {partition.oid for partition in definition.partitions}
