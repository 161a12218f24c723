"""Whether all rows that the log sent of a table's partitions are rows of the table.

A partition that came and went leaves the rows that the log sent of it on the topic, and no word in
the catalogue. So a partition of which rows were sent (`partition_sent.py`) must be one of the
definition by which the table is published. Where it is to be read because it is new, that voids
nothing on the topic: so it must be certain that it has been attached, and was not truncated, since
the rows were sent. In doubt the whole table is read anew.
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
from cdc.sources.postgres.watch.due import Due

_LEARNS_OF_DETACHMENT = 150_000


class Partitions:
    """Asks on `connection`, which must see the transactions that sent the rows.

    `outlive_detachment`: the server (before 15) goes on to send a table's rows, or not to, as it
    did when it first met one of them in a stream, though the table was attached or detached since.
    Only a stream that is begun behind that is right.
    """

    def __init__(self, source: Source, connection: Connection) -> None:
        self._source, self._connection = source, connection
        self.outlive_detachment = connection.info.server_version < _LEARNS_OF_DETACHMENT

    def are_sent_as_before(self, before: Definition, after: Definition) -> bool:
        """Whether a stream begun before the change of the definition may send rows as if it had not
        been made."""
        if not self.outlive_detachment or not may_be_sent_otherwise(before, after):
            return False
        new = _oids(after) - _oids(before)
        if consequence(before, after)[0] is not Consequence.FILL:
            return True
        with source_errors(self._source, "look at the partitions of"):
            found = attachments(self._connection, new)
        return not all(each.is_makers and each.is_by_birth for each in found)

    def are_doubtful(
        self, sent: Sequence[PartitionSent], published: Definition, due: Due | None
    ) -> bool:
        """Whether rows were sent of a partition that may have gone since. `published`: by which
        definition the rows on the topic were read; `due`: what is to be read."""
        if due is not None and not due.partitions:
            return False  # nothing sent so far will count
        known = _oids(published)
        unknown = [each for each in sent if each.partition not in known]
        if due is None or not unknown:
            return bool(unknown)
        if any(each.partition not in due.partitions for each in unknown):
            return True
        # Who wrote to it before the look and commits behind it kept it from being attached anew.
        before = [each for each in unknown if each.commit_lsn < due.lsn]
        return bool(before) and not self._have_stayed(_oids(due.definition) - known, before)

    def _have_stayed(self, new: set[int], sent: Sequence[PartitionSent]) -> bool:
        """Whether these partitions, `new` as all above them, are what they were when rows of them
        were sent."""
        with source_errors(self._source, "look at the partitions of"):
            found = attachments(self._connection, new)
        return len(found) == len(new) and all(self._has_stayed(each, sent) for each in found)

    def _has_stayed(self, attachment: Attachment, sent: Sequence[PartitionSent]) -> bool:
        if not (attachment.is_makers and attachment.has_first_file):
            return False
        makers = [each for each in sent if not attachment.is_older_than(each.xid)]
        if not makers:
            return True
        own = [each.xid for each in makers if each.partition == attachment.oid]
        if not attachment.is_by_birth or sent[0].table in self._source.keys:
            return False  # with a declared key it may have no index
        return not own or self._was_not_emptied(attachment, own)

    def _was_not_emptied(self, attachment: Attachment, xids: Sequence[int]) -> bool:
        """Whether the maker, having sent rows, did not truncate it: that builds its indexes anew,
        so that ahead of a row behind it the partition is sent once more."""
        if len(xids) > 1:
            return False
        with source_errors(self._source, "look at the partitions of"):
            return holds_rows_of(self._connection, attachment.oid, [attachment.xid, *xids])


def _oids(definition: Definition) -> set[int]:
    return {partition.oid for partition in definition.partitions}
