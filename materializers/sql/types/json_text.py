"""JSON constants as jsonb reads and writes them (manual, "jsonb Input and Output Syntax")."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any


def _refuse_word(word: str) -> Any:
    raise ValueError(f"invalid input syntax for type json: {word}")


_DECODER = json.JSONDecoder(
    parse_float=Decimal, parse_int=Decimal, parse_constant=_refuse_word, strict=True
)


def load(text: str) -> Any:
    """Parse JSON, with numbers as Decimal; raises ValueError where it is not JSON."""
    return _DECODER.decode(text.strip(" \t\n\r"))


def dump(value: Any) -> str:
    """A value in jsonb's text: keys by length, then by bytes; a space after `:` and `,`."""
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: (len(name.encode()), name.encode()))
        return "{" + ", ".join(f"{string(n)}: {dump(value[n])}" for n in names) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(dump, value)) + "]"
    if isinstance(value, str):
        return string(value)
    if isinstance(value, Decimal):
        return f"{value:f}" if value else f"{abs(value):f}"
    return {None: "null", True: "true", False: "false"}[value]


def string(text: str) -> str:
    """A text as a JSON string."""
    return json.dumps(text, ensure_ascii=False)


def canonical(text: str) -> str:
    """`text::jsonb::text`."""
    return dump(load(text))


def plain_number(number: Decimal) -> str:
    """A number without trailing zeros."""
    text = f"{number:f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text) if number else "0"
