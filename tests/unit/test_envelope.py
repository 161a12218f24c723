"""Records from rows: the generated code against plain JSON."""

from __future__ import annotations

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdc.contract.envelope import Envelope, Origin
from cdc.contract.schemas import Column, TableSchema
from cdc.contract.values import json_encoder
from cdc.errors import ContractError
from cdc.position import Lsn

COLUMNS = (
    Column("id", "bigint", 20),
    Column('we"ird %s {0}', "text", 25),
    Column("ok", "boolean", 16),
    Column("price", "numeric", 1700),
)
ORIGIN = Origin(90, 1_700_000_000_123_456, 755, 1_700_000_000_999_999, previous_lsn=80)
TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
INTEGERS = st.integers(-(2**63), 2**63 - 1)


def envelope(*key: str) -> Envelope:
    schema = TableSchema("public.odd", COLUMNS, key, Lsn(1))
    encoders = [json_encoder(c.type_oid, c.type_name, c.typmod) for c in COLUMNS]
    return Envelope('shop"x', "db", schema, encoders)


@given(INTEGERS, TEXTS, st.booleans())
def test_whole_and_stripped_agree_with_json(number: int, text: str, flag: bool) -> None:
    made = envelope(COLUMNS[1].name, "id")
    row = [b"%d" % number, text.encode(), b"t" if flag else b"f", b"1.50"]
    stamp = made.stamp(ORIGIN)
    key, value = made.whole(row, b"85", stamp, stamp.create)
    pieces = [b"", *(b"?" + field for field in row)]
    assert made.stripped(pieces, b"85", stamp, stamp.create) == (key, value)
    assert orjson.loads(key) == {COLUMNS[1].name: text, "id": number}
    after = {"id": number, COLUMNS[1].name: text, "ok": flag, "price": "1.50"}
    parsed = orjson.loads(value)
    assert parsed["after"] == after == orjson.loads(made.row(row))
    assert made.key(row) == key
    assert parsed["source"]["name"] == 'shop"x'
    assert (parsed["source"]["lsn"], parsed["source"]["commit_lsn"]) == (85, 90)
    assert parsed["source"]["sequence"] == '["80","85"]'


def test_nulls_and_ready_rows() -> None:
    made = envelope("id")
    stamp = made.stamp(Origin(90, 1, None, 2, snapshot="true"))
    key, value = made.whole([b"1", None, None, None], b"85", stamp, stamp.read)
    before = made.row([b"1", None, b"t", None])
    delete = Envelope.changed(before, b"null", b"85", stamp, stamp.delete)
    read = orjson.loads(value)
    assert orjson.loads(key) == {"id": 1}
    assert read["after"] == {"id": 1, COLUMNS[1].name: None, "ok": None, "price": None}
    assert (read["op"], read["source"].get("txId")) == ("r", None)
    assert read["source"]["sequence"] == '[null,"85"]'
    change = orjson.loads(delete)
    assert (change["op"], change["after"]) == ("d", None)
    assert change["before"] == {"id": 1, COLUMNS[1].name: None, "ok": True, "price": None}


def test_a_table_needs_a_key() -> None:
    with pytest.raises(ContractError):
        envelope()
    with pytest.raises(ContractError):
        envelope("gone")
