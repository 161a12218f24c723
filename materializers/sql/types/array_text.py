"""Texts of arrays: `{1,NULL,"a b"}` (manual, "Array Input and Output Syntax")."""

from __future__ import annotations

import re

_ELEMENT = re.compile(r'\s*(?:"((?:[^"\\]|\\.)*)"|([^",{}\s\\](?:[^",{}\\]*[^",{}\s\\])?))\s*(,|$)')
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


def parse_array(text: str) -> list[str | None] | None:
    """The texts of a constant's elements; None where it is not an array of one dimension."""
    text = text.strip()
    if not (text.startswith("{") and text.endswith("}")):
        return None
    inner, place, members = text[1:-1], 0, list[str | None]()
    if not inner.strip():
        return members
    while True:
        element = _ELEMENT.match(inner, place)
        if element is None:
            return None
        quoted, bare, end = element.groups()
        if quoted is not None:
            members.append(_ESCAPED.sub(r"\1", quoted))
        else:
            members.append(None if bare.upper() == "NULL" else bare)
        if not end:
            return members
        place = element.end()
        if place == len(inner):
            return None
