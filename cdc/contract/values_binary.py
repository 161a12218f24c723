"""Values whose JSON form is built, not copied: bytea and hstore."""

from __future__ import annotations

import re
from base64 import b64encode
from binascii import unhexlify

import orjson

_HSTORE_PAIR = re.compile(r'"((?:[^"\\]|\\.)*)"=>(?:(NULL)|"((?:[^"\\]|\\.)*)")', re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


def bytea(value: bytes) -> bytes:
    r"""`\x00ff` (bytea_output hex) as base64."""
    return b'"%b"' % b64encode(unhexlify(value[2:]))


def hstore(value: bytes) -> bytes:
    """A JSON object's text, itself a JSON string, as Debezium writes its `json` mode."""
    pairs = {
        _ESCAPED.sub(r"\1", key): None if null else _ESCAPED.sub(r"\1", text)
        for key, null, text in _HSTORE_PAIR.findall(value.decode())
    }
    return orjson.dumps(orjson.dumps(pairs).decode())
