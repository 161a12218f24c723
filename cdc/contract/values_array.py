"""Arrays: PostgreSQL's `{1,NULL,"a b"}` (manual 8.15.6) -> a JSON array of encoded elements."""

from __future__ import annotations

import re
from collections.abc import Callable

import orjson

_ELEMENT = re.compile(rb'"((?:[^"\\]|\\.)*)"|([^,]+)', re.DOTALL)
_ESCAPED = re.compile(rb"\\(.)", re.DOTALL)


def array_encoder(element: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
    """One dimension with lower bound 1 becomes a JSON array. Arrays of several dimensions or with
    other bounds, which Debezium drops, stay PostgreSQL's text as a JSON string."""

    def encode(value: bytes) -> bytes:
        if value[:1] != b"{" or value[1:2] == b"{":
            return orjson.dumps(value.decode())
        if 34 not in value and len(value) > 2:  # no quotes: every comma separates elements
            bare = value[1:-1].split(b",")
            return b"[%b]" % b",".join([b"null" if e == b"NULL" else element(e) for e in bare])
        elements = _ELEMENT.finditer(value, 1, len(value) - 1)
        return b"[%b]" % b",".join([_encode_element(match, element) for match in elements])

    return encode


def _encode_element(match: re.Match[bytes], element: Callable[[bytes], bytes]) -> bytes:
    bare = match[2]
    if bare is None:
        return element(_ESCAPED.sub(rb"\1", match[1]))
    # Only the unquoted word means NULL; the server writes it in upper case.
    return b"null" if bare == b"NULL" else element(bare)
