"""Functions of bytes, codes and quoting (manual, "Binary String Functions and Operators")."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Callable

from materializers.engines.rows.failure import EvaluationError
from materializers.engines.rows.meaning import Chosen, Function, Lenient, Meanings, Said, source
from materializers.engines.rows.numbers.number_text import INTEGER_BITS
from materializers.engines.rows.texts.plain_text import hex_bytes
from materializers.engines.rows.values import Value
from materializers.sql.types.expression import Apply

_BASE64_LINE = 76
_CODE_MAX = 0x10FFFF
_SURROGATES = range(0xD800, 0xE000)
_SPACES = re.compile(r"[ \t\n\r]")


def _octets(node: Apply) -> Callable[[Value], int]:
    is_bytes = node.arguments[0].type.name == "bytea"
    factor = 8 if node.name == "bit_length" else 1
    return lambda value: factor * len(value if is_bytes else value.encode())


def _encode(node: Apply) -> Callable[[bytes], str]:
    return _encode_base64 if node.options == ("base64",) else bytes.hex


def _encode_base64(value: bytes) -> str:
    """base64, with lines of 76 characters."""
    text = base64.b64encode(value).decode()
    lines = range(0, len(text), _BASE64_LINE)
    return "\n".join(text[place : place + _BASE64_LINE] for place in lines)


def _decode(node: Apply) -> Callable[[str], bytes]:
    return _decode_base64 if node.options == ("base64",) else hex_bytes


def _decode_base64(text: str) -> bytes:
    bare = _SPACES.sub("", text)
    wrong = re.search("[^A-Za-z0-9+/=]", bare)
    if wrong is not None:
        raise EvaluationError(f'invalid symbol "{wrong[0]}" found while decoding base64 sequence')
    if re.search("=[^=]", bare):
        raise EvaluationError('unexpected "=" while decoding base64 sequence')
    try:
        return base64.b64decode(bare, validate=True)
    except binascii.Error:
        raise EvaluationError("invalid base64 end sequence") from None


def _to_hex(node: Apply) -> Callable[[int], str]:
    bits = max(INTEGER_BITS[node.arguments[0].type.name], 32)
    return lambda value: f"{value % 2**bits:x}"


def _chr(code: int) -> str:
    if code < 0:
        raise EvaluationError("character number must be positive")
    if code == 0:
        raise EvaluationError("null character not permitted")
    if code > _CODE_MAX:
        raise EvaluationError(f"requested character too large for encoding: {code}")
    if code in _SURROGATES:
        raise EvaluationError(f"requested character not valid for encoding: {code}")
    return chr(code)


def quote_literal(text: str) -> str:
    """quote_literal: a text as a PostgreSQL literal."""
    inner = text.replace("'", "''").replace("\\", "\\\\")
    return f"E'{inner}'" if "\\" in text else f"'{inner}'"


def quote_nullable(text: str | None) -> str:
    return "NULL" if text is None else quote_literal(text)


def _format(node: Apply) -> Function:
    """format(). `node.options`: `%s` or `%L` for an argument, else `'` and a literal text."""
    pieces = [str(piece) for piece in node.options]

    def formatted(*texts: str | None) -> str:
        left = iter(texts)
        shown = []
        for piece in pieces:
            if piece == "%s":
                shown.append(next(left) or "")
            else:
                shown.append(quote_nullable(next(left)) if piece == "%L" else piece[1:])
        return "".join(shown)

    return formatted


def _count_nulls(node: Apply) -> Said:
    wanted = node.name == "num_nulls"
    return lambda *values: sum((value is None) is wanted for value in values)


BINARY: Meanings = {
    "octet_length": Chosen(_octets),
    "bit_length": Chosen(_octets),
    "encode": Chosen(_encode),
    "decode": Chosen(_decode),
    "convert_to": source("{0}.encode()"),
    "sha256": lambda value: hashlib.sha256(value).digest(),
    "to_hex": Chosen(_to_hex),
    "ascii": source("ord({0}[0]) if {0} else 0"),
    "chr": _chr,
    "quote_literal": quote_literal,
    "quote_nullable": Lenient(quote_nullable),
    "format": Chosen(_format, is_strict=False),
    "num_nulls": Chosen(_count_nulls, is_strict=False),
    "num_nonnulls": Chosen(_count_nulls, is_strict=False),
}
