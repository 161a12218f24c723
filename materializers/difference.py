"""How two sets of a view's rows differ, by key, and how much difference is allowed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from materializers.errors import RebuildError

KEYS_SHOWN_MAX = 10
FLOAT_DIGITS = 12
"""Significant digits in which floats are compared: their sums depend on the order of addition."""
KINDS = ("missing", "extra", "unlike")


@dataclass(frozen=True, slots=True)
class Difference:
    """Of `rows` expected rows `missing` are absent and `unlike` have other values; `extra` rows are
    not expected. `keys`: some of their keys as text, by kind. `dead_letters`: rows set aside, which
    differ for that reason."""

    rows: int
    missing: int = 0
    extra: int = 0
    unlike: int = 0
    keys: Mapping[str, tuple[str, ...]] | None = None
    dead_letters: int = 0

    @property
    def count(self) -> int:
        """The number of rows that differ."""
        return self.missing + self.extra + self.unlike

    def __str__(self) -> str:
        kinds = [(kind, getattr(self, kind)) for kind in KINDS]
        counts = [f"{count:,} {kind}{self._named(kind)}" for kind, count in kinds if count]
        dead = f"; {self.dead_letters:,} are dead letters" if self.dead_letters else ""
        return f"of {self.rows:,} rows {', '.join(counts) or 'none differs'}{dead}"

    def joined(self, other: Difference) -> Difference:
        """Both differences as one."""
        counts = {kind: getattr(self, kind) + getattr(other, kind) for kind in KINDS}
        pairs = [(kind, (self.keys or {}).get(kind, ()), (other.keys or {}).get(kind, ()))
                 for kind in KINDS]  # fmt: skip
        keys = {kind: (*mine, *its)[:KEYS_SHOWN_MAX] for kind, mine, its in pairs if mine or its}
        dead_letters = self.dead_letters + other.dead_letters
        return Difference(self.rows + other.rows, **counts, keys=keys, dead_letters=dead_letters)

    def without_missing(self) -> Difference:
        """This difference without missing rows."""
        keys = {kind: names for kind, names in (self.keys or {}).items() if kind != "missing"}
        return replace(self, missing=0, keys=keys)

    def _named(self, kind: str) -> str:
        names = (self.keys or {}).get(kind, ())
        more = ", …" if len(names) < getattr(self, kind) else ""
        return f" ({'; '.join(names)}{more})" if names else ""

    def as_json(self) -> dict[str, Any]:
        """As a JSON object."""
        counts = {kind: getattr(self, kind) for kind in KINDS}
        keys = dict(self.keys or {})
        return {"rows": self.rows, **counts, "keys": keys, "dead_letters": self.dead_letters}


@dataclass(frozen=True, slots=True)
class Allowance:
    """How many rows may differ: a number, or a share of all."""

    rows: int = 0
    share: float = 0.0

    @classmethod
    def parse(cls, text: str) -> Allowance:
        """Parse `12` or `0.5%`. Raises RebuildError."""
        match = re.fullmatch(r"(\d+(?:\.\d+)?)(%?)", text.strip())
        if match is None or (not match[2] and "." in match[1]):
            raise RebuildError(
                f"{text!r} is no number of rows.", fix="write 12, or 0.5% of the view's rows"
            )
        number = float(match[1])
        return cls(share=number / 100) if match[2] else cls(rows=int(number))

    def admits(self, difference: Difference) -> bool:
        """Whether the difference is allowed. Under a share, a view without rows may get any."""
        rows = max(difference.rows, difference.extra)
        return difference.count <= max(self.rows, self.share * rows)


ANY = Allowance(share=float("inf"))


def key_text(names: tuple[str, ...], values: Iterator[Any] | tuple[Any, ...]) -> str:
    """A row's key for people: `id = 3, at = '2026-01-01'`."""
    return ", ".join(f"{n} = {_shown(v)}" for n, v in zip(names, values, strict=True)) or "the row"


def _shown(value: Any) -> str:
    text = str(value)
    return repr(text) if isinstance(value, str) else text
