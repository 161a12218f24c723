"""Messages of the `pgoutput` plugin, protocol version 1: pure functions from bytes to values.

Source: PostgreSQL manual, "Logical Replication Message Formats". Every function takes a whole
XLogData message. Its header is 25 bytes: `w`, the change's position, the log's end, the server's
clock.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, NamedTuple

BODY: Final = 25
KIND: Final = BODY
RELATION_AT: Final = BODY + 1
TUPLE_AT: Final = BODY + 6
"""Start of the tuple in an insert, and in an update without an old row (there after `N`)."""

BEGIN, COMMIT, RELATION, INSERT, UPDATE, DELETE, TRUNCATE = b"BCRIUDT"
TYPE, ORIGIN, LOGICAL_MESSAGE = b"YOM"
OLD_KEY, OLD_ROW, NEW_ROW = b"KON"

POSTGRES_EPOCH_US: Final = 946_684_800_000_000
SHORT_TEXT: Final = b"t\0\0\0"
"""How every text value of less than 256 bytes begins; one byte, its length, follows. Text holds no
NUL, so splitting a tuple at SHORT_TEXT yields one piece more than there are columns exactly where
every value is a short text. Each piece after the first is a length byte and a value."""

_i64 = struct.Struct(">q").unpack_from
_u16 = struct.Struct(">H").unpack_from
_u32 = struct.Struct(">I").unpack_from
_begin = struct.Struct(">QqI").unpack_from
_commit = struct.Struct(">BQQq").unpack_from
_column = struct.Struct(">Ii").unpack_from
_value = struct.Struct(">BI").unpack_from
lsn_of: Callable[[bytes], Any] = struct.Struct(">xQ").unpack_from
"""The change's position in the log, as a tuple of one integer: for `b"%d" % lsn_of(message)`."""


class Unchanged(Enum):
    """Stands for a TOASTed value that the update did not change and the log does not hold."""

    VALUE = "unchanged"


Value = bytes | None | Unchanged


class Begin(NamedTuple):
    """`commit_lsn` is where the commit record starts; the time is in microseconds since 1970."""

    commit_lsn: int
    committed_at_us: int
    xid: int


class Commit(NamedTuple):
    """`end_lsn` is the end of the commit record: the position of a cut after it. `sent_at_us` is
    the server's clock when it sent the message."""

    commit_lsn: int
    end_lsn: int
    committed_at_us: int
    sent_at_us: int


class RelationColumn(NamedTuple):
    """A column as the log names it; `is_key`: it is part of the replica identity."""

    name: str
    type_oid: int
    typmod: int
    is_key: bool


@dataclass(frozen=True, slots=True)
class Relation:
    """A table's layout for the changes that follow. `identity`: d(efault), f(ull), i(ndex),
    n(othing)."""

    id: bytes
    schema: str
    table: str
    identity: str
    columns: tuple[RelationColumn, ...]

    @property
    def name(self) -> str:
        return f"{self.schema}.{self.table}"


class Truncate(NamedTuple):
    """The ids of the relations that were emptied."""

    relations: tuple[bytes, ...]


def begin(message: bytes) -> Begin:
    commit_lsn, time, xid = _begin(message, BODY + 1)
    return Begin(commit_lsn, time + POSTGRES_EPOCH_US, xid)


def commit(message: bytes) -> Commit:
    _, commit_lsn, end_lsn, time = _commit(message, BODY + 1)
    (sent,) = _i64(message, BODY - 8)
    return Commit(commit_lsn, end_lsn, time + POSTGRES_EPOCH_US, sent + POSTGRES_EPOCH_US)


def relation(message: bytes) -> Relation:
    schema, at = _string(message, BODY + 5)
    table, at = _string(message, at)
    identity, (count,) = chr(message[at]), _u16(message, at + 1)
    at += 3
    columns = []
    for _ in range(count):
        is_key = bool(message[at] & 1)
        name, at = _string(message, at + 1)
        type_oid, typmod = _column(message, at)
        at += 8
        columns.append(RelationColumn(name, type_oid, typmod, is_key))
    # An empty namespace stands for pg_catalog.
    identifier = message[RELATION_AT : RELATION_AT + 4]
    return Relation(identifier, schema or "pg_catalog", table, identity, tuple(columns))


def truncate(message: bytes) -> Truncate:
    (count,) = _u32(message, BODY + 1)
    first = BODY + 6
    return Truncate(tuple(message[at : at + 4] for at in range(first, first + 4 * count, 4)))


def message_prefix(message: bytes) -> bytes:
    """A logical message's prefix, which follows the flags and the position."""
    start = BODY + 10
    return message[start : message.index(0, start)]


def row(message: bytes, at: int) -> tuple[list[Value], int]:
    """The tuple at `at`, and the offset of its end."""
    (count,) = _u16(message, at)
    at += 2
    values: list[Value] = []
    for _ in range(count):
        if message[at] == 0x74:  # t: text
            _, length = _value(message, at)
            at += 5
            values.append(message[at : at + length])
            at += length
        else:
            values.append(None if message[at] == 0x6E else Unchanged.VALUE)  # n, u
            at += 1
    return values, at


def _string(message: bytes, at: int) -> tuple[str, int]:
    end = message.index(0, at)
    return message[at:end].decode(), end + 1
