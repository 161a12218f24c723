"""Values whose JSON form is built from their bits, fields or pairs: bytea, bit, point, hstore."""

from __future__ import annotations

import re
import struct
from base64 import b64encode
from binascii import unhexlify

import orjson

from cdc.contract.values_number import floating

_HSTORE_PAIR = re.compile(r'"((?:[^"\\]|\\.)*)"=>(?:(NULL)|"((?:[^"\\]|\\.)*)")', re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
# Well-known binary of a point: little endian, type 1, two doubles.
_WKB_POINT = struct.Struct("<BIdd")


def bytea(value: bytes) -> bytes:
    r"""`\x00ff` (bytea_output hex) as base64."""
    return b'"%b"' % b64encode(unhexlify(value[2:]))


def bit(value: bytes) -> bytes:
    """`bit(1)`: a boolean."""
    return b"true" if value == b"1" else b"false"


def bits(value: bytes) -> bytes:
    """`bit(n)`: `101010101111` as the base64 of its bytes, the least significant one first."""
    number = int(value, 2)
    return b'"%b"' % b64encode(number.to_bytes((len(value) + 7) // 8, "little"))


def point(value: bytes) -> bytes:
    """`(1,2.5)` as Debezium's `io.debezium.data.geometry.Point`: x, y, well-known binary."""
    x, _, y = value[1:-1].partition(b",")
    wkb = b64encode(_WKB_POINT.pack(1, 1, float(x), float(y)))
    return b'{"x":%b,"y":%b,"wkb":"%b","srid":null}' % (floating(x), floating(y), wkb)


def hstore(value: bytes) -> bytes:
    """A JSON object's text, itself a JSON string, as Debezium writes its `json` mode."""
    pairs = {
        _ESCAPED.sub(r"\1", key): None if null else _ESCAPED.sub(r"\1", text)
        for key, null, text in _HSTORE_PAIR.findall(value.decode())
    }
    return orjson.dumps(orjson.dumps(pairs).decode())
