"""The longest run of characters that two texts share."""

from __future__ import annotations


def longest_run(secret: str, text: str) -> int:
    """The most characters in a row of the secret that the text has, white space left out."""
    secret, text = ("".join(each.split()) for each in (secret, text))
    size = 0
    for at in range(len(secret)):
        while at + size < len(secret) and secret[at : at + size + 1] in text:
            size += 1
    return size
