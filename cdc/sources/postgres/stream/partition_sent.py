"""A partition of which the log holds rows, under the name of the table it belongs to.

With `publish_via_partition_root` a row is sent as its root's. But ahead of a partition's first row
in a stream, and of its next one behind any change of its definition, the server sends two Relation
messages: the root's, and the partition's own behind it. So whichever partition had rows on the
topic is known, also one that came and went before anybody looked at the catalogue.

Source: src/backend/replication/pgoutput/pgoutput.c, maybe_send_schema; the same in 14 to 18.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PartitionSent:
    """`table`: the root, as it is captured; `xid`: the low half of the number of the transaction
    that changed rows of it; `commit_lsn`: where that one's commit record starts."""

    table: str
    partition: int
    xid: int
    commit_lsn: int
