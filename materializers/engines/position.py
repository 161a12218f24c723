"""The position of a state: its cut and offsets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import orjson

from cdc.contract.cut import Cut


@dataclass(frozen=True, slots=True)
class Position:
    """`cut`: the last exact cut applied; `offsets`: topic -> the next offset to read per partition;
    `is_exact`: False between the batches of one long cut."""

    cut: Cut | None
    offsets: Mapping[str, tuple[int, ...]]
    is_exact: bool

    def to_json(self) -> bytes:
        """As a JSON object."""
        cut = self.cut.to_json().decode() if self.cut is not None else ""
        ends = {topic: list(numbers) for topic, numbers in self.offsets.items()}
        return orjson.dumps({"cut": cut, "offsets": ends, "is_exact": self.is_exact})

    @classmethod
    def from_json(cls, text: bytes) -> Position:
        """The inverse of `to_json`."""
        raw = orjson.loads(text)
        cut = Cut.from_json(raw["cut"]) if raw["cut"] else None
        ends = {topic: tuple(numbers) for topic, numbers in raw["offsets"].items()}
        return cls(cut, ends, raw["is_exact"])


NOWHERE = Position(None, {}, True)
"""The position of a state without views."""
