"""Which of a project's settings are secret: by the setting's name, and by the form of its value.

Settings of other clients pass through unchanged, so their names cannot all be listed here. A
password in a URL or in `password=…` is detected under any name, even in malformed text.
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
# Settings that may follow a password in a text. The password is taken to reach up to the next of
# them, in case a character in it should have been quoted and was not.
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
    """Every secret in the setting of that (dotted) name, and in settings inside it."""
    if isinstance(value, Mapping):
        for inner, each in value.items():
            yield from secrets_in(f"{name}.{inner}", each)
    elif isinstance(value, list):
        yield from _of_list(name, value)
    elif isinstance(value, str) and not _UNSET.fullmatch(value):
        yield from filter(None, _of_text(name, value))


def _of_list(name: str, values: list[object]) -> Iterator[str]:
    """A list of two is a user, or an id, with its password."""
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
        yield from (match[match.lastindex or 0] for match in _QUERY.finditer(text))
        if user := _USER.match(text):
            # Up to the last `@`, in case %40, %2F or %3F were not written.
            yield text[user.end() :].rpartition("@")[0]
        return
    yield from (match[1] for match in _PAIR.finditer(text))
    for match in _QUOTED.finditer(text):
        yield re.sub(r"\\(.)", r"\1", match[match.lastindex or 0], flags=re.S)


def _basic(pair: str) -> str:
    """User and password as in HTTP's Authorization header."""
    return base64.b64encode(pair.encode(errors="surrogatepass")).decode()
