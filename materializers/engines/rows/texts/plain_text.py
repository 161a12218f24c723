"""Texts of booleans, bytes and UUIDs (manual, "Boolean Type", "Binary Data Types", "UUID Type")."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from materializers.engines.rows.failure import EvaluationError, invalid_text
from materializers.engines.rows.values import Value
from materializers.sql.types.boolean_text import parse_boolean

_OCTETS = re.compile(r"\\\\|\\[0-3][0-7]{2}|[^\\]")
_HEX_DIGITS = frozenset("0123456789abcdefABCDEF")
_HEX = re.compile(r"(?:[ \t\n\r]*[0-9a-fA-F]{2})*[ \t\n\r]*")
_UUID = re.compile(r"(?:[0-9a-fA-F]{4}-?){7}[0-9a-fA-F]{4}")


def boolean_input(text: str) -> bool:
    result = parse_boolean(text)
    if result is None:
        raise invalid_text("boolean", text)
    return result


def bytea_input(text: str) -> bytes:
    """Reads a bytea: hexadecimal after `\\x`, else text with octal escapes."""
    if text.startswith("\\x"):
        return hex_bytes(text[2:])
    result = bytearray()
    place = 0
    while place < len(text):
        part = _OCTETS.match(text, place)
        if part is None:
            raise EvaluationError("invalid input syntax for type bytea")
        place, shown = part.end(), part[0]
        if len(shown) == 4:
            result.append(int(shown[1:], 8))
        else:
            result += shown[-1].encode()
    return bytes(result)


def hex_bytes(text: str) -> bytes:
    """The bytes of hexadecimal digits; spaces are allowed between bytes."""
    if _HEX.fullmatch(text):
        return bytes.fromhex(text)
    odd = _HEX.match(text)
    assert odd is not None
    rest = text[odd.end() :]
    wrong = rest[1:2] if rest[:1] in _HEX_DIGITS else rest[:1]
    if not wrong:
        raise EvaluationError("invalid hexadecimal data: odd number of digits")
    raise EvaluationError(f'invalid hexadecimal digit: "{wrong}"')


def bytea_output(value: bytes) -> str:
    return "\\x" + value.hex()


def uuid_input(text: str) -> str:
    bare = text[1:-1] if text[:1] == "{" and text[-1:] == "}" else text
    if not _UUID.fullmatch(bare):
        raise invalid_text("uuid", text)
    digits = bare.replace("-", "").lower()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def _boolean_output(value: bool) -> str:
    return "t" if value else "f"


PLAIN_INPUTS: Mapping[str, Callable[[str], Value]] = {
    "boolean": boolean_input,
    "bytea": bytea_input,
    "uuid": uuid_input,
}
PLAIN_OUTPUTS: Mapping[str, Callable[[Value], str]] = {
    "boolean": _boolean_output,
    "bytea": bytea_output,
}
