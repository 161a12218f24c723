"""What of a project's settings is secret: by the setting's name, and by the look of its value.

Other clients' settings pass through as they are, so all of their names cannot be listed here; a
password in a URL or a `password=…` is found under any name, also where the text is malformed.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping

_WORDS = (
    "password|passwd|pwd|passphrase|secret|token|api_?key|(?:basic|bearer|http)_auth|authorization|"
    r"cookie|credentials?|key\.pem|jaas\.config|oauthbearer\.config|scram_\w+_key"
)
_NAME = re.compile(rf"({_WORDS})$", re.I)
# Settings that may follow a password: what comes before the next of them is taken for a part of it,
# for who wrote a character that has to be quoted there.
_NEXT = (
    r"host|hostaddr|port|dbname|user|pass\w+|ssl\w+|gss\w+|keepalives|options|service|\w+_\w+|"
    "db|protocol"
)
_QUERY = re.compile(rf"[?&]\w*(?:{_WORDS})=(.*?)(?=&(?:{_NEXT})=|$)", re.I | re.S)
# libpq's pairs and JAAS
_START = rf"\b\w*(?:{_WORDS})\s*=\s*"
_QUOTED = re.compile(rf"""{_START}(?:'((?:\\.|[^'\\])*)'|"((?:\\.|[^"\\])*)")""", re.I | re.S)
_PAIR = re.compile(rf"{_START}(.+?)(?=\s+(?:{_NEXT})\s*=|\s*$)", re.I | re.S)
_USER = re.compile(r"\s*[a-z][\w+.-]*://[^:/?#@]*:", re.I)
_URL = re.compile(r"\s*[a-z][\w+.-]*://", re.I)
_UNSET = re.compile(r"\$\{[^}]*\}")


def secrets_in(name: str, value: object) -> Iterator[str]:
    """Every secret in a setting of that (dotted) name, and in the settings inside it."""
    if isinstance(value, Mapping):
        for inner, each in value.items():
            yield from secrets_in(f"{name}.{inner}", each)
    elif isinstance(value, list):
        yield from _of_list(name, value)
    elif isinstance(value, str) and not _UNSET.fullmatch(value):
        yield from filter(None, _of_text(name, value))


def _of_list(name: str, values: list[object]) -> Iterator[str]:
    """A pair is a user, or an id, and what it proves itself by."""
    if _NAME.search(name) and len(values) == 2 and all(isinstance(each, str) for each in values):
        yield _basic(f"{values[0]}:{values[1]}")
        yield from secrets_in(name, values[1])
        return
    for each in values:
        yield from secrets_in(name, each)


def _of_text(name: str, text: str) -> Iterator[str]:
    if _NAME.search(name):
        _, colon, password = text.partition(":")
        if colon and name.lower().endswith(("basic_auth", "http_auth")):
            yield from (_basic(text), password)
        else:
            yield text
    if _URL.match(text):
        yield from (found[found.lastindex or 0] for found in _QUERY.finditer(text))
        if user := _USER.match(text):
            # The last `@` ends it, for whoever did not write %40, %2F or %3F
            yield text[user.end() :].rpartition("@")[0]
        return
    yield from (found[1] for found in _PAIR.finditer(text))
    for found in _QUOTED.finditer(text):
        yield re.sub(r"\\(.)", r"\1", found[found.lastindex or 0], flags=re.S)


def _basic(pair: str) -> str:
    """User and password as HTTP's header gives them."""
    return base64.b64encode(pair.encode(errors="surrogatepass")).decode()
