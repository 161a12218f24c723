"""Texts of arrays of one dimension: `{1,NULL,"a b"}` (manual, "Array Input and Output Syntax")."""

from __future__ import annotations

import re
from collections.abc import Callable

from materializers.engines.rows.failure import EvaluationError
from materializers.engines.rows.values import Value

_BARE = re.compile(r"""[^ \t\n\r\v\f"\\{},]+""")
_SPACES = " \t\n\r\v\f"


def array_output(element: Callable[[Value], str]) -> Callable[[Value], str]:
    """A function that writes an array, given one that writes an element."""

    def output(value: tuple[Value, ...]) -> str:
        return f"{{{','.join(['NULL' if v is None else shown_member(element(v)) for v in value])}}}"

    return output


def shown_member(text: str) -> str:
    if _BARE.fullmatch(text) and text.upper() != "NULL":
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def array_input(element: Callable[[str], Value], name: str) -> Callable[[str], Value]:
    """A function that reads an array, given one that reads an element."""

    def read(text: str) -> tuple[Value, ...]:
        return tuple(_Parts(text).read(element))

    return read


class _Parts:
    """Reads the elements one after another, so that the first invalid one raises its error."""

    def __init__(self, text: str) -> None:
        self._whole = text
        self._text = text.strip(_SPACES)
        self._place = 1

    def read(self, element: Callable[[str], Value]) -> list[Value]:
        text = self._text
        if len(text) < 2 or text[0] != "{":
            raise self._malformed()
        result: list[Value] = []
        self._skip()
        if text[self._place] != "}":
            result.append(self._read(element))
            while text[self._place] == ",":
                self._advance()
                result.append(self._read(element))
        if text[self._place :] != "}":
            raise self._malformed()
        return result

    def _read(self, element: Callable[[str], Value]) -> Value:
        part = self._part()
        return None if part is None else element(part)

    def _part(self) -> str | None:
        """One element, up to the next comma or brace."""
        self._skip()
        if self._text[self._place] == '"':
            return self._quoted()
        if self._text[self._place] == "{":
            raise EvaluationError("arrays of several dimensions are not supported")
        result: list[str] = []
        kept, is_escaped = 0, False
        while (sign := self._text[self._place]) not in ',}"{':
            if sign == "\\":
                self._advance()
                sign, is_escaped = self._text[self._place], True
                kept = len(result) + 1
            result.append(sign)
            self._advance()
        if sign in '"{':
            raise self._malformed()
        text = "".join(result)
        text = text[:kept] + text[kept:].rstrip(_SPACES)
        if not text:
            raise self._malformed()
        return None if text.upper() == "NULL" and not is_escaped else text

    def _quoted(self) -> str:
        result = []
        self._advance()
        while (sign := self._text[self._place]) != '"':
            if sign == "\\":
                self._advance()
                sign = self._text[self._place]
            result.append(sign)
            self._advance()
        self._advance()
        self._skip()
        if self._text[self._place] not in ",}{":
            raise self._malformed()
        return "".join(result)

    def _skip(self) -> None:
        while self._text[self._place] in _SPACES:
            self._advance()

    def _advance(self) -> None:
        self._place += 1
        if self._place >= len(self._text):
            raise self._malformed()

    def _malformed(self) -> EvaluationError:
        return EvaluationError(f'malformed array literal: "{self._whole}"')
