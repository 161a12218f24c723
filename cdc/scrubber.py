"""Removes secrets from all text that leaves the process: logs, the screen, control answers.

Other libraries' errors quote what they were given: escaped, broken over lines, or only the part
after a newline or an `@`. So text is searched not for a secret but for runs of its characters:
every run of 6 that a text shares with any form of a secret is masked, ignoring white space. A
shorter secret, or a short part of one, is masked where it stands as a word.

A process learns the secrets of a project as it reads the file (`config_file.py`).
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import quote, quote_plus, unquote, unquote_plus

MASK = "***"
RUN = 6
PART_MIN = 4
# Where clients cut what they were given: white space, and separators of URLs and pairs.
_CUTS = re.compile(r"[\s@:/?#&=%'\"\\,;]+")
_FRAME_OF_PEM = re.compile(r"-----[A-Z0-9 ]+-----")

_FORMS: tuple[Callable[[str], str], ...] = (
    str,
    unquote,
    unquote_plus,
    lambda text: quote(text, safe=""),
    lambda text: re.sub(r"%..", lambda code: code[0].lower(), quote(text, safe="")),
    quote,
    quote_plus,
    lambda text: repr(text)[1:-1],
    lambda text: repr(text.encode(errors="surrogatepass"))[2:-1],
    lambda text: text.encode("unicode_escape").decode(),
    lambda text: json.dumps(text)[1:-1],
    lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
    lambda text: text.replace("\\", r"\\").replace("'", r"\'"),
    lambda text: text.replace("'", "''"),
    lambda text: base64.b64encode(text.encode(errors="surrogatepass")).decode(),
)


class Scrubber:
    """The secrets known so far. One thread may learn while others scrub."""

    def __init__(self) -> None:
        self._known: set[str] = set()
        self._runs: set[str] = set()
        self._words: set[str] = set()
        self._any_word = re.compile("(?!)")

    def learn(self, secret: str) -> None:
        """Mask this secret from now on, in every form that a message may contain."""
        if secret in self._known:
            return
        self._known.add(secret)
        body = _FRAME_OF_PEM.sub("\n", secret)
        for form in {form(body) for form in _FORMS}:
            for part in _parts(form):
                self._add(part)

    def _add(self, part: str) -> None:
        bare = "".join(part.split())
        if len(bare) < RUN:
            self._words |= {bare} - {""}
            longest_first = sorted(map(re.escape, self._words), key=len, reverse=True)
            self._any_word = re.compile(rf"(?<!\w)(?:{'|'.join(longest_first) or '(?!)'})(?!\w)")
            return
        self._runs |= {bare[at : at + RUN] for at in range(len(bare) - RUN + 1)}

    def scrub(self, text: str) -> str:
        """The text with every secret masked."""
        if not self._known:
            return text
        places = [at for at, character in enumerate(text) if not character.isspace()]
        bare = "".join(text[at] for at in places)
        hidden = bytearray(len(bare))
        for at in range(len(bare) - RUN + 1):
            if bare[at : at + RUN] in self._runs:
                hidden[at : at + RUN] = b"\1" * RUN
        if any(hidden):
            text = _masked(text, places, hidden)
        return self._any_word.sub(MASK, text)


def _masked(text: str, places: list[int], hidden: bytearray) -> str:
    """The text with one mask for each run of hidden characters; `places`: their indices in it."""
    pieces, shown_from = [], 0
    for run in re.finditer(b"\x01+", hidden):
        pieces += [text[shown_from : places[run.start()]], MASK]
        shown_from = places[run.end() - 1] + 1
    return "".join([*pieces, text[shown_from:]])


def _parts(form: str) -> Iterator[str]:
    """The secret, and the parts of it that a client may show alone. A whole secret may be short, a
    part not: a single letter after a newline is no secret."""
    yield form
    for part in {*form.splitlines(), *_CUTS.split(form)}:
        if len("".join(part.split())) >= PART_MIN:
            yield part


_OF_THIS_PROCESS = Scrubber()


def learn(secret: str) -> None:
    """Mask the secret in all text that leaves this process."""
    _OF_THIS_PROCESS.learn(secret)


def scrub(text: str) -> str:
    """The text with every secret of this process masked."""
    return _OF_THIS_PROCESS.scrub(text)


def scrubbed(value: Any) -> Any:
    """`scrub` for every text inside lists and mappings; keys stay unchanged."""
    if isinstance(value, str):
        return scrub(value)
    if isinstance(value, Mapping):
        return {name: scrubbed(inner) for name, inner in value.items()}
    return [scrubbed(inner) for inner in value] if isinstance(value, list | tuple) else value
