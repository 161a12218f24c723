"""A view's tokens, checked against PostgreSQL's grammar.

sqlglot has keywords and operators of many dialects. A word without meaning in PostgreSQL's SELECT
is a name; a sign that PostgreSQL does not have, or not in that place, is an error.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlglot.dialects.postgres import Postgres
from sqlglot.tokens import Token, TokenType  # type: ignore[attr-defined]

from materializers.sql.place import Source
from materializers.sql.syntax.keywords import OF_SELECT, RESERVED

_FOREIGN = frozenset(("==", "<=>", "//", "??", "?::", "|>", "~~~", "!", "`", "\\", "{", "}",
                      "{{", "}}", "{%", "%}", "@"))  # fmt: skip
_NOT_WORDS = (
    TokenType.IDENTIFIER, TokenType.NUMBER, TokenType.VAR, TokenType.STRING, TokenType.BYTE_STRING,
    TokenType.RAW_STRING, TokenType.HEREDOC_STRING, TokenType.NATIONAL_STRING,
    TokenType.UNICODE_STRING, TokenType.BIT_STRING, TokenType.HEX_STRING,
)  # fmt: skip
_TYPES = frozenset(word.lower() for word in Postgres.Tokenizer.KEYWORDS)
_BEFORE_FIRST = (
    TokenType.L_PAREN, TokenType.L_BRACKET, TokenType.COMMA, TokenType.SELECT, TokenType.DISTINCT,
    TokenType.FROM, TokenType.WHERE, TokenType.GROUP_BY, TokenType.ORDER_BY, TokenType.VALUES,
)  # fmt: skip
_BEHIND_LAST = (
    TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.COMMA, TokenType.SEMICOLON, TokenType.FROM,
    TokenType.WHERE, TokenType.GROUP_BY, TokenType.HAVING, TokenType.WINDOW, TokenType.ORDER_BY,
    TokenType.LIMIT, TokenType.OFFSET, TokenType.FETCH, TokenType.UNION, TokenType.EXCEPT,
    TokenType.INTERSECT,
)  # fmt: skip
_NAMES = (TokenType.IDENTIFIER, TokenType.STRING)
_LITERALS = (TokenType.STRING, TokenType.NUMBER)
_COMPARISONS = (
    TokenType.EQ, TokenType.NEQ, TokenType.LT, TokenType.LTE, TokenType.GT, TokenType.GTE,
    TokenType.LIKE, TokenType.ILIKE,
)  # fmt: skip
_NEVER_EMPTY = (
    "coalesce", "greatest", "least", "values", "exists", "numeric", "decimal", "dec", "float",
    "varchar", "char", "character", "varying", "bit", "timestamp", "time",
)  # fmt: skip
_BEFORE_LABEL = (TokenType.ALIAS, TokenType.DOT)
_NEEDS_MORE = (
    TokenType.COMMA, TokenType.ALIAS, TokenType.ON, TokenType.AND, TokenType.OR, TokenType.MOD,
    TokenType.PARTITION_BY, TokenType.GROUP_BY, TokenType.ORDER_BY,
)  # fmt: skip
_OPENS_ARRAY = (TokenType.L_BRACKET, TokenType.COMMA)


def plain_words(tokens: Sequence[Token]) -> Iterator[Token]:
    """The tokens, with keywords of other dialects, and any word after AS or a dot, turned into
    names. The first token stays: it is the kind of statement."""
    casts: list[bool] = []
    for place, token in enumerate(tokens):
        kind, before = token.token_type, tokens[place - 1] if place else None
        if kind == TokenType.L_PAREN:
            casts.append(_is_word(before, "cast"))
        elif kind == TokenType.R_PAREN:
            del casts[-1:]
        if kind == TokenType.COLON_EQ:  # the older form of `=>` for a named argument
            yield _made(token, TokenType.FARROW, "=>")
        elif before is not None and _is_keyword(token):
            is_label = before.token_type in _BEFORE_LABEL and not casts[-1:] == [True]
            is_label &= not (_is_word(token, "materialized", "not"))
            is_known = OF_SELECT.issuperset(token.text.lower().split())
            yield token if is_known and not is_label else _made(token, TokenType.VAR, token.text)
        else:
            yield token


def _is_keyword(token: Token) -> bool:
    return token.text[:1].isalpha() and token.token_type not in _NOT_WORDS


def _made(token: Token, kind: TokenType, text: str) -> Token:
    return Token(kind, text, token.line, token.col, token.start, token.end)


class Signs:
    """Checks the signs of one view, and words that sqlglot accepts where PostgreSQL does not."""

    def __init__(self, tokens: Sequence[Token], source: Source) -> None:
        self.tokens = tokens
        self.source = source
        self.brackets: list[bool] = []
        self.casts: list[bool] = []

    def check(self) -> None:
        """Raise ViewError at the first token that PostgreSQL does not accept there."""
        for place, token in enumerate(self.tokens):
            before = self.tokens[place - 1] if place else None
            after = self.tokens[place + 1] if place + 1 < len(self.tokens) else None
            if before and _is_type_of_others(token) and self._is_type_place(before):
                message = f'type "{token.text}" does not exist'
                raise self.source.error_between(message, token.start, token.end)
            is_missing = token.token_type in _NEEDS_MORE and _ends_list(after)
            if is_missing and after is not None:
                raise near(after, self.source)
            if is_missing or self._is_refused(place):
                raise near(token, self.source)

    def _at(self, place: int) -> Token | None:
        return self.tokens[place] if 0 <= place < len(self.tokens) else None

    def _is_refused(self, place: int) -> bool:
        token, before, after = self.tokens[place], self._at(place - 1), self._at(place + 1)
        kind = token.token_type
        if kind == TokenType.L_PAREN:
            self.casts.append(before is not None and before.text.lower() == "cast")
        elif kind == TokenType.R_PAREN:
            del self.casts[-1:]
            return self._is_empty(place - 1)
        elif kind == TokenType.L_BRACKET:
            self.brackets.append(_is_array(before, self.brackets[-1:] == [True]))
            return not (self.brackets[-1] or _is_value_end(before))
        elif kind == TokenType.R_BRACKET:
            del self.brackets[-1:]
        elif kind == TokenType.COMMA:
            return before is None or before.token_type in _BEFORE_FIRST
        elif before is None:
            return kind == TokenType.SEMICOLON
        elif kind in (TokenType.PLACEHOLDER, TokenType.MOD, TokenType.DOT):
            is_fraction = kind == TokenType.DOT and after and after.token_type == TokenType.NUMBER
            return not is_fraction and not (_is_value_end(before) or before.token_type in _LITERALS)
        elif kind == TokenType.ALL:
            return before.token_type == TokenType.GROUP_BY and _ends_list(after)
        elif kind == TokenType.COLON:
            return not self.brackets
        elif kind == TokenType.NUMBER:
            return before.token_type == TokenType.INTERVAL
        elif kind == TokenType.STRING:
            return before.token_type == TokenType.ALIAS
        elif _is_word(token, "any", "some", "filter", "ordinality", "over") and kind not in _NAMES:
            return self._is_alone(place, before)
        elif kind == TokenType.NULL and before.token_type == TokenType.NOT:
            return not _is_word(self._at(place - 2), "is")
        return _is_foreign(token, after)

    def _is_alone(self, place: int, before: Token) -> bool:
        """Whether a keyword stands without what must follow it."""
        word, after = self.tokens[place].text.lower(), self._at(place + 1)
        if word == "ordinality":
            return before.token_type == TokenType.WITH and not _is_word(self._at(place - 2), ")")
        is_call = _is_word(after, "(")
        if word == "filter":
            is_behind = is_call and _is_word(before, ")")
            return is_behind and not _is_word(self._at(place + 2), "where")
        if word == "over":
            return _is_word(before, ")") and not (is_call or _is_value_end(after))
        return not is_call and before.token_type in _COMPARISONS

    def _is_empty(self, place: int) -> bool:
        """Whether the parentheses that open there are empty where PostgreSQL wants content."""
        name = self._at(place - 1)
        if not _is_word(self._at(place), "(") or name is None:
            return False
        return name.token_type != TokenType.IDENTIFIER and _is_word(
            name, *RESERVED - {"as"}, *_NEVER_EMPTY
        )

    def _is_type_place(self, before: Token) -> bool:
        is_cast = before.token_type == TokenType.ALIAS and self.casts[-1:] == [True]
        return is_cast or before.token_type == TokenType.DCOLON


def _is_word(token: Token | None, *words: str) -> bool:
    return token is not None and token.text.lower() in words


def _ends_list(after: Token | None) -> bool:
    """Whether nothing follows a comma."""
    return after is None or after.token_type in _BEHIND_LAST


def _is_foreign(token: Token, after: Token | None) -> bool:
    if token.token_type in _NOT_WORDS or token.text not in _FOREIGN:
        return False
    # `!~~` is NOT LIKE
    return not (token.text == "!" and after is not None and after.text[:1] == "~")


def _is_type_of_others(token: Token) -> bool:
    """Whether it names a type of another dialect that PostgreSQL does not have."""
    word = token.text.lower()
    if word == "double":
        return True
    return token.token_type == TokenType.VAR and word not in OF_SELECT and word in _TYPES


def _is_array(before: Token | None, is_inside: bool) -> bool:
    """Whether a bracket opens ARRAY[…], or an array inside one."""
    if before is None:
        return False
    return before.token_type == TokenType.ARRAY or (is_inside and before.token_type in _OPENS_ARRAY)


def _is_value_end(token: Token | None) -> bool:
    """Whether a value may end with this token, so that a subscript or an operator may follow."""
    if token is None:
        return False
    if token.token_type in (TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.IDENTIFIER):
        return True
    is_word = token.text[:1].isalpha() or token.text[:1] in ("_", "$")
    return is_word and token.text.lower() not in RESERVED


def near(token: Token, source: Source) -> Exception:
    """PostgreSQL's syntax error at a token."""
    text = source.sql[token.start : token.end + 1]
    return source.error_between(f'syntax error at or near "{text}"', token.start, token.end)
