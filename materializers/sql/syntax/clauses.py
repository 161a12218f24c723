"""Checks that a SELECT's clauses are in order and that each JOIN has a condition.

sqlglot accepts clauses in any order, FROM before SELECT, and a JOIN without ON. PostgreSQL's
grammar has one order (manual, "SELECT") and wants a condition for each JOIN that is not CROSS or
NATURAL.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlglot.tokens import Token, TokenType  # type: ignore[attr-defined]

from materializers.errors import ViewError
from materializers.sql.place import Source
from materializers.sql.syntax.tokens import near

_TAIL = 7
_RANKS = {
    TokenType.SELECT: 0,
    TokenType.FROM: 1,
    TokenType.WHERE: 2,
    TokenType.GROUP_BY: 3,
    TokenType.HAVING: 4,
    TokenType.WINDOW: 5,
    TokenType.ORDER_BY: 6,
    TokenType.LIMIT: _TAIL,
    TokenType.OFFSET: _TAIL,
    TokenType.FETCH: _TAIL,
}
_SET_OPERATIONS = (TokenType.UNION, TokenType.INTERSECT, TokenType.EXCEPT)
_NAMED_BEHIND = (TokenType.DOT, TokenType.ALIAS)
_UNCONDITIONAL = (TokenType.CROSS, TokenType.NATURAL)
_CALLS = ("extract", "substring", "trim", "overlay")
"""Calls whose syntax contains FROM."""
_WITHOUT_COMMA = ("extract", "position")
_FRAMES = ("rows", "range", "groups")
_SIDES = ("left", "right", "full")
_QUERIES = ("select", "values", "table", "with")
_OPERAND = ("select", "values", "table", "all", "distinct", "(")


@dataclass(slots=True)
class _Group:
    """The state of the check inside one pair of parentheses. `rank`: of the last clause; `tail`:
    those of LIMIT, OFFSET and FETCH so far; `joins`: those still without a condition; `call`: the
    word before the parenthesis; `is_entry`: they contain an entry of FROM that is no query;
    `between`: a frame's BETWEEN is still without its AND."""

    call: str = ""
    is_entry: bool = False
    rank: int = -1
    tail: list[TokenType] = field(default_factory=list)
    joins: list[Token] = field(default_factory=list)
    between: bool = False


class Clauses:
    """Checks the tokens of one view."""

    def __init__(self, tokens: Sequence[Token], source: Source) -> None:
        self.tokens = tokens
        self.source = source
        self.groups = [_Group()]

    def check(self) -> None:
        """Raise ViewError at the first clause that is out of order."""
        for place, token in enumerate(self.tokens):
            kind = token.token_type
            if kind == TokenType.SEMICOLON:
                self._end(token)
                self.groups = [_Group()]
            elif kind == TokenType.L_PAREN:
                self.groups.append(_Group(self._text(place - 1), self._is_entry(place)))
            elif kind == TokenType.R_PAREN:
                self._conditions(token)
                self.groups.pop()
                if not self.groups:
                    raise near(token, self.source)
            elif not self._is_name(place):
                self._clause(place)
        self._end(None)

    def _end(self, token: Token | None) -> None:
        """Check at the end of the statement that every parenthesis is closed."""
        self._conditions(token)
        if len(self.groups) > 1:
            raise self._error_behind(-1)

    def _kind(self, place: int) -> TokenType | None:
        return self.tokens[place].token_type if 0 <= place < len(self.tokens) else None

    def _text(self, place: int) -> str:
        return str(self.tokens[place].text).lower() if 0 <= place < len(self.tokens) else ""

    def _is_entry(self, place: int) -> bool:
        before, group = self._kind(place - 1), self.groups[-1]
        if self._text(place + 1) in _QUERIES:
            return False
        if before == TokenType.L_PAREN:
            return group.is_entry
        is_from = before in (TokenType.FROM, TokenType.COMMA) and group.rank == 1
        is_from &= self._text(place - 2) != "rows"
        return before == TokenType.JOIN or (is_from and group.call not in _CALLS)

    def _is_name(self, place: int) -> bool:
        """Whether the keyword at `place` is a name, or the FROM of IS DISTINCT FROM or ROWS
        FROM."""
        if self._kind(place - 1) in _NAMED_BEHIND:
            return True
        if self._kind(place) != TokenType.FROM:
            return False
        if self._text(place - 1) == "distinct":
            return self._text(place - 2) in ("is", "not")
        return self._text(place - 1) == "rows"

    def _clause(self, place: int) -> None:
        token, group = self.tokens[place], self.groups[-1]
        kind = token.token_type
        if kind in _SET_OPERATIONS:
            if group.rank > _RANKS[TokenType.WINDOW] or self._text(place + 1) not in _OPERAND:
                raise near(token, self.source)
            self._conditions(token)
            self.groups[-1] = _Group()
        elif kind == TokenType.JOIN:
            self._join(place)
        elif kind in (TokenType.ON, TokenType.USING):
            self._condition(place)
        elif kind == TokenType.COMMA:
            self._comma(place)
        elif kind == TokenType.BETWEEN and self._text(place - 1) in _FRAMES:
            group.between = True
        elif kind == TokenType.AND:
            group.between = False
        elif kind in _RANKS:
            self._ranked(place)
        elif group.tail:
            self._counted(place)

    def _counted(self, place: int) -> None:
        """Check a word after LIMIT, OFFSET or FETCH: ROWS, ONLY, WITH TIES."""
        word, last = self._text(place), self.groups[-1].tail[-1]
        is_fetch = last == TokenType.FETCH
        if word in ("row", "rows"):
            is_closed = not is_fetch or self._text(place + 1) in ("only", "with")
            if last == TokenType.LIMIT or not is_closed:
                raise self._error_behind(place)
        elif is_fetch and word in ("only", "with"):
            if self._text(place - 1) not in ("row", "rows"):
                raise near(self.tokens[place], self.source)
        elif is_fetch and self._kind(place - 1) == TokenType.FETCH:
            if word not in ("first", "next"):
                raise near(self.tokens[place], self.source)

    def _ranked(self, place: int) -> None:
        token, group = self.tokens[place], self.groups[-1]
        rank = _RANKS[token.token_type]
        if rank == 1 and group.call not in _CALLS:
            if group.rank < 0:
                raise near(token, self.source)
            self._entry(place + 1)
        self._conditions(token)
        if rank == _TAIL:
            known = [TokenType.LIMIT if k == TokenType.FETCH else k for k in group.tail]
            kind = token.token_type
            if (TokenType.LIMIT if kind == TokenType.FETCH else kind) in known:
                raise near(token, self.source)
            group.tail.append(kind)
        elif rank <= group.rank:
            raise near(token, self.source)
        elif token.token_type == TokenType.WINDOW and self._text(place + 2) != "as":
            raise self._error_behind(place)
        group.rank = rank

    def _entry(self, place: int) -> None:
        """Check that an entry of FROM begins with a name or a parenthesis."""
        if self._kind(place) in (TokenType.STRING, TokenType.NUMBER):
            raise near(self.tokens[place], self.source)

    # joins

    def _join(self, place: int) -> None:
        self._entry(place + 1)
        is_sided = self._text(place - 2) in _SIDES
        if self._text(place - 1) in ("inner", "outer"):
            if is_sided != (self._text(place - 1) == "outer"):
                raise near(self.tokens[place - 1], self.source)
        words = [self._kind(place - 1), self._kind(place - 2), self._kind(place - 3)]
        if not any(word in _UNCONDITIONAL for word in words[: 1 + self._outer(place)]):
            self.groups[-1].joins.append(self.tokens[place])
        elif TokenType.CROSS in words[:1] and TokenType.NATURAL in words[1:2]:
            raise near(self.tokens[place - 1], self.source)

    def _outer(self, place: int) -> int:
        """The number of words between NATURAL and JOIN."""
        words = ("left", "right", "full", "inner", "outer")
        count = 0
        while count < 2 and self._text(place - 1 - count) in words:
            count += 1
        return count

    def _condition(self, place: int) -> None:
        if self._text(place - 1) == "distinct" or self.groups[-1].rank > 1:
            return  # DISTINCT ON; ORDER BY … USING
        if not self.groups[-1].joins:
            raise near(self.tokens[place], self.source)
        if self._kind(place) == TokenType.USING and self._kind(place + 1) != TokenType.L_PAREN:
            raise self._error_behind(place)
        self.groups[-1].joins.pop()

    def _comma(self, place: int) -> None:
        if self.groups[-1].rank == _TAIL:
            raise near(self.tokens[place], self.source)
        if self.groups[-1].rank == 1 and self.groups[-1].call not in _CALLS:
            self._conditions(self.tokens[place])
            self._entry(place + 1)
        is_entry = self.groups[-1].is_entry and self.groups[-1].rank < 0
        if is_entry or self.groups[-1].call in _WITHOUT_COMMA:
            raise near(self.tokens[place], self.source)

    def _conditions(self, token: Token | None) -> None:
        """Check, before `token` or the end, that no join lacks its condition and no frame its
        AND."""
        if self.groups[-1].joins or self.groups[-1].between:
            raise near(token, self.source) if token is not None else self._error_behind(-1)

    def _error_behind(self, place: int) -> ViewError:
        token = self.tokens[place]
        return self.source.error_between(
            f'syntax error behind "{token.text}"', token.start, token.end
        )
