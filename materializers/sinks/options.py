"""The options of CREATE SINK … WITH (…): known names, and checked values."""

from __future__ import annotations

import re
from collections.abc import Iterable

from materializers.errors import SinkError
from materializers.view import SinkDefinition, ViewSchema

_SECONDS = {"second": 1, "sec": 1, "s": 1, "minute": 60, "min": 60, "m": 60, "hour": 3600}
_SECONDS |= {"h": 3600, "day": 86_400, "d": 86_400, "week": 604_800, "w": 604_800}
_PARTS = re.compile(r"(\d+)\s*([a-z]*)")


class Options:
    """The options of one sink. Raises SinkError, with file and line, for invalid ones."""

    def __init__(self, definition: SinkDefinition, known: Iterable[str], prefix: str = "") -> None:
        self._definition = definition
        self._values = definition.options
        self._refuse_unknown(tuple(known), prefix)

    def _refuse_unknown(self, known: tuple[str, ...], prefix: str) -> None:
        for name in self._values:
            if name not in known and not (prefix and name.startswith(prefix)):
                extra = f", {prefix}*" if prefix else ""
                raise self.error(
                    f"unknown option {name!r}", f"use one of {', '.join(known)}{extra}"
                )

    def error(self, message: str, fix: str) -> SinkError:
        """A SinkError with the place where the sink is defined."""
        place = f"{self._definition.file}:{self._definition.line}"
        return SinkError(f"{place}: sink {self._definition.name}: {message}.", fix=f"{fix}.")

    def text(self, name: str, default: str) -> str:
        value = self._values.get(name, default)
        if not value:
            raise self.error(f"option {name} is empty", f"give {name} a value or leave it out")
        return value

    def number(self, name: str, default: int) -> int:
        value = self._values.get(name)
        if value is None:
            return default
        if not value.isdecimal():
            raise self.error(f"option {name} = {value!r} is no number", "write a whole number")
        return int(value)

    def names(self, name: str, default: Iterable[str] = ()) -> tuple[str, ...]:
        """A comma-separated list."""
        value = self._values.get(name)
        if value is None:
            return tuple(default)
        return tuple(part.strip() for part in value.split(",") if part.strip())

    def choice(self, name: str, choices: tuple[str, ...]) -> str:
        """One of `choices`; the first is the default."""
        value = self._values.get(name, choices[0])
        if value not in choices:
            raise self.error(f"option {name} = {value!r}", f"use one of {', '.join(choices)}")
        return value

    def seconds(self, name: str) -> int:
        """A duration such as `1 day`, `90 s`, `2 hours 30 minutes`, in seconds; 0 if absent."""
        value = self._values.get(name)
        if value is None:
            return 0
        words = [
            (int(count), word.rstrip("s") or "s") for count, word in _PARTS.findall(value.lower())
        ]
        total = sum(count * _SECONDS.get(word, 0) for count, word in words)
        is_known = all(word in _SECONDS for _, word in words)
        if _PARTS.sub("", value.lower()).strip() or total <= 0 or not is_known:
            raise self.error(f"option {name} = {value!r} is no duration", "write e.g. '1 day'")
        return total

    def key(self, view: ViewSchema) -> tuple[str, ...]:
        """The option `key`: some of the view's key columns, by default all."""
        key = self.names("key", view.key)
        if not key or not set(key) <= set(view.key):
            whole = ", ".join(view.key)
            raise self.error(
                f"key = '{', '.join(key)}' is not within the view's key ({whole})",
                f"use key = '{whole}', or leave it out",
            )
        return key

    def prefixed(self, prefix: str) -> dict[str, str]:
        """The options whose names start with `prefix`, named without it."""
        options = {name: text for name, text in self._values.items() if name.startswith(prefix)}
        return {name.removeprefix(prefix): text for name, text in options.items()}
