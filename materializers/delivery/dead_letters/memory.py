"""Letters in this process' memory: the reference that the topic is compared with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from materializers.delivery.dead_letters.letter import Letter


class MemoryLetters:
    """Letters in a dictionary."""

    def __init__(self) -> None:
        self._kept: dict[bytes, bytes] = {}

    def read(self) -> Mapping[bytes, bytes]:
        return dict(self._kept)

    def write(self, letters: Iterable[Letter], gone: Iterable[bytes]) -> None:
        for name in gone:
            self._kept.pop(name, None)
        for letter in letters:
            self._kept[letter.name] = letter.to_json()

    def close(self) -> None:
        return
