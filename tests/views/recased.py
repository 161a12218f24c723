"""A statement with its words in another case, which means the same."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot.tokens import TokenType  # type: ignore[attr-defined]

from materializers.sql.dialect import Dialect

_AS_WRITTEN = (TokenType.STRING, TokenType.IDENTIFIER)


def recased(sql: str, change: Callable[[str], str]) -> str:
    """The statement with each word outside of quotes changed."""
    done, end = "", 0
    for token in Dialect().tokenize(sql):
        text = sql[token.start : token.end + 1]
        is_plain = token.token_type not in _AS_WRITTEN and not {"'", '"', "$"} & set(text)
        done += sql[end : token.start] + (change(text) if is_plain else text)
        end = token.end + 1
    return done + sql[end:]
