"""Messages of pgoutput, byte by byte as the manual gives them."""

from __future__ import annotations

import struct

from hypothesis import given
from hypothesis import strategies as st

from cdc.sources.postgres.stream import pgoutput
from cdc.sources.postgres.stream.pgoutput import Relation, RelationColumn, Unchanged, Value

HEADER = b"w" + struct.pack(">QQq", 0x16B374D848, 0x16B374D848, 5)

# Text output holds no NUL; the bytes that could be taken for structure are made likely.
TEXTS = st.one_of(
    st.binary(max_size=40).map(lambda value: value.replace(b"\0", b"t")),
    st.sampled_from([b"", b"t", b"ttt", b"n", b"u" * 116, b"t" * 255, b"x" * 256, b"y" * 70_000]),
)
VALUES = st.one_of(TEXTS, st.none(), st.just(Unchanged.VALUE))


def row_bytes(values: list[Value]) -> bytes:
    parts = [struct.pack(">H", len(values))]
    for value in values:
        if isinstance(value, bytes):
            parts.append(b"t" + struct.pack(">I", len(value)) + value)
        else:
            parts.append(b"n" if value is None else b"u")
    return b"".join(parts)


def insert(values: list[Value]) -> bytes:
    return HEADER + b"I" + struct.pack(">I", 16390) + b"N" + row_bytes(values)


@given(st.lists(VALUES, min_size=1, max_size=12))
def test_row_gives_back_what_was_written(values: list[Value]) -> None:
    message = insert(values)
    assert pgoutput.row(message, pgoutput.TUPLE_AT) == (values, len(message))


@given(st.lists(VALUES, min_size=1, max_size=12))
def test_splitting_at_short_texts_is_right_where_the_pieces_are_as_many(
    values: list[Value],
) -> None:
    pieces = insert(values)[pgoutput.TUPLE_AT + 2 :].split(pgoutput.SHORT_TEXT)
    is_short = all(isinstance(value, bytes) and len(value) < 256 for value in values)
    assert (len(pieces) == len(values) + 1) == is_short
    if is_short:
        assert [piece[1:] for piece in pieces[1:]] == values


def test_begin_and_commit() -> None:
    begin = HEADER + b"B" + struct.pack(">QqI", 77, 1_000_000, 755)
    assert pgoutput.begin(begin) == (77, 946_684_801_000_000, 755)
    commit = HEADER + b"C" + struct.pack(">BQQq", 0, 77, 99, 1_000_000)
    assert pgoutput.commit(commit) == (77, 99, 946_684_801_000_000, 946_684_800_000_005)


def test_relation() -> None:
    body = b"public\0orders\0d" + struct.pack(">H", 2)
    body += b"\x01id\0" + struct.pack(">Ii", 20, -1) + b"\x00total\0" + struct.pack(">Ii", 1700, 9)
    message = HEADER + b"R" + struct.pack(">I", 16390) + body
    assert pgoutput.relation(message) == Relation(
        struct.pack(">I", 16390), "public", "orders", "d",
        (RelationColumn("id", 20, -1, True), RelationColumn("total", 1700, 9, False)),
    )  # fmt: skip


def test_truncate_names_every_relation() -> None:
    message = HEADER + b"T" + struct.pack(">IBII", 2, 1, 7, 8)
    assert pgoutput.truncate(message).relations == (struct.pack(">I", 7), struct.pack(">I", 8))


def test_position_of_a_change() -> None:
    assert b"%d" % pgoutput.lsn_of(insert([b"1"])) == b"%d" % 0x16B374D848
