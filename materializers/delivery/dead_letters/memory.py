"""Letters in memory: the reference implementation for tests of the topic."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from materializers.delivery.dead_letters.letter import Letter


class MemoryLetters:
    """Letters in a dictionary."""

    def __init__(self) -> None:
        self._letters: dict[bytes, bytes] = {}

    def read(self) -> Mapping[bytes, bytes]:
        return dict(self._letters)

    def write(self, letters: Iterable[Letter], gone: Iterable[bytes]) -> None:
        for name in gone:
            self._letters.pop(name, None)
        for letter in letters:
            self._letters[letter.name] = letter.to_json()

    def close(self) -> None:
        return
