"""No secret in any text that leaves the process: logs, the screen, answers over a socket.

Errors of other libraries quote what they were given, escaped their own way, broken over lines, or
only the part behind a newline or an `@`. So a text is not searched for a secret but for runs of
its characters: whatever shares 6 in a row with a secret, in any of its forms, is replaced there.
White space does not count, on either side. A secret, or a part of one behind such a cut, that is
shorter is replaced where it stands as a word.

A project's secrets are learnt as its file is read (`config_file.py`), by the process that read it.
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
# Where clients cut what they were given: white space, and what has a meaning in a URL or a pair.
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
    """What is secret so far. Threads may scrub while another one learns."""

    def __init__(self) -> None:
        self._known: set[str] = set()
        self._runs: set[str] = set()
        self._words: set[str] = set()
        self._any_word = re.compile("(?!)")

    def learn(self, secret: str) -> None:
        """From now on this is secret, in every form that a message may give it."""
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
        """The text without what it has of any secret."""
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
    """The text with one mask for each run of hidden characters; `places` are theirs in it."""
    told, shown_from = [], 0
    for run in re.finditer(b"\x01+", hidden):
        told += [text[shown_from : places[run.start()]], MASK]
        shown_from = places[run.end() - 1] + 1
    return "".join([*told, text[shown_from:]])


def _parts(form: str) -> Iterator[str]:
    """A secret whole, and the parts of it that a client may show alone: a whole one however short,
    a part of some characters, for each letter behind a newline is no secret."""
    yield form
    for part in {*form.splitlines(), *_CUTS.split(form)}:
        if len("".join(part.split())) >= PART_MIN:
            yield part


_OF_THIS_PROCESS = Scrubber()


def learn(secret: str) -> None:
    """From now on no text that leaves this process shows the secret."""
    _OF_THIS_PROCESS.learn(secret)


def scrub(text: str) -> str:
    """The text without any secret that this process knows."""
    return _OF_THIS_PROCESS.scrub(text)


def scrubbed(value: Any) -> Any:
    """The same for every text inside lists and mappings, names of keys left as they are."""
    if isinstance(value, str):
        return scrub(value)
    if isinstance(value, Mapping):
        return {name: scrubbed(inner) for name, inner in value.items()}
    return [scrubbed(inner) for inner in value] if isinstance(value, list | tuple) else value
