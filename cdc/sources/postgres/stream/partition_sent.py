"""A partition whose rows are in the stream under its root table's name.

With `publish_via_partition_root` a row is sent as its root's. Before a partition's first row, and
its first one after a change of definition, the server sends two Relation messages: the root's, then
the partition's. So the stream names every partition that had rows, even one that was attached and
detached between two looks at the catalogue.

Source: src/backend/replication/pgoutput/pgoutput.c, maybe_send_schema; the same in 14 to 18.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PartitionSent:
    """`table`: the captured root; `partition`: its oid; `xid`: the low 32 bits of the transaction
    that changed its rows; `commit_lsn`: the start of that transaction's commit record."""

    table: str
    partition: int
    xid: int
    commit_lsn: int
