"""PostgreSQL's dialect for sqlglot, with every function call left as it was written.

sqlglot turns the calls it knows into classes of its own, which lose the written name and its place.
The planner needs both: it has functions of its own, and its errors point at the call.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any, ClassVar

from sqlglot import exp
from sqlglot.dialects.postgres import Postgres
from sqlglot.errors import ParseError, TokenError
from sqlglot.tokens import Token, TokenType  # type: ignore[attr-defined]

from materializers.errors import ViewError
from materializers.sql.place import Source
from materializers.sql.syntax.clauses import Clauses
from materializers.sql.syntax.parts import check_parts
from materializers.sql.syntax.tokens import Signs, plain_words

_KEPT = ("CAST", "EXTRACT", "POSITION", "SUBSTRING", "TRIM", "CEIL", "FLOOR", "OVERLAY")
_FIRST = (
    TokenType.SELECT, TokenType.WITH, TokenType.VALUES, TokenType.TABLE, TokenType.L_PAREN,
    TokenType.FROM, TokenType.SEMICOLON,
)  # fmt: skip
_base: Any = Postgres.Parser  # mypy cannot follow sqlglot's compiled classes


class _Parser(_base):  # type: ignore[misc]
    OPTIONAL_ALIAS_TOKEN_CTE = False
    FUNCTIONS: ClassVar[dict[str, Any]] = {}
    FUNCTION_PARSERS: ClassVar[dict[str, Any]] = {
        name: parse for name, parse in _base.FUNCTION_PARSERS.items() if name in _KEPT
    }

    def _parse_unnest(self, with_alias: bool = True) -> None:
        """Parse `unnest` as a plain function call."""

    # in an argument too, `->` is an operator and never a lambda
    LAMBDAS: ClassVar[dict[Any, Any]] = {
        token: parse for token, parse in _base.LAMBDAS.items() if token != TokenType.ARROW
    }
    # a path's step as written: sqlglot would interpret `$` and `.` in a key
    JSON_OPERATORS: ClassVar[dict[Any, Any]] = {
        **_base.JSON_OPERATORS,
        TokenType.ARROW: lambda _, this, step: exp.JSONExtract(this=this, expression=step),
        TokenType.DARROW: lambda _, this, step: exp.JSONExtractScalar(this=this, expression=step),
    }


class Dialect(Postgres):
    """PostgreSQL with plain function calls."""

    Parser = _Parser
    INDEX_OFFSET = 0  # subscripts as they are written


def _whole_intervals(tokens: list[Token]) -> Iterator[Token]:
    """Rewrite `interval '1 day 02:00'` as `'1 day 02:00'::interval`: of such a text, sqlglot reads
    the first unit alone."""
    place = 0
    while place < len(tokens):
        one, two = tokens[place], tokens[min(place + 1, len(tokens) - 1)]
        is_constant = one.token_type == TokenType.INTERVAL and two.token_type == TokenType.STRING
        if is_constant and not _is_number(two.text):
            yield two
            yield Token(TokenType.DCOLON, "::", one.line, one.col, one.start, one.end)
            yield one
            place += 2
        else:
            yield one
            place += 1


def _whole_values(tokens: list[Token]) -> Iterator[Token]:
    """Rewrite `VALUES …` as `SELECT * FROM (VALUES …)` where it is a query without parentheses of
    its own: sqlglot reads it in FROM alone."""
    ends = _values_ends(tokens)
    for place, token in enumerate(tokens):
        if place in ends:
            yield from _made(token, SELECT=TokenType.SELECT, STAR=TokenType.STAR)
            yield from _made(token, FROM=TokenType.FROM, PAREN=TokenType.L_PAREN)
        yield token
        if place in ends.values():
            yield from _made(token, PAREN=TokenType.R_PAREN, ALIAS=TokenType.ALIAS)
            yield from _made(token, values=TokenType.IDENTIFIER)


def _made(at: Token, **kinds: TokenType) -> Iterator[Token]:
    for text, kind in kinds.items():
        yield Token(kind, text, at.line, at.col, at.start, at.end)


def _values_ends(tokens: list[Token]) -> dict[int, int]:
    """First and last token of each such VALUES list."""
    kinds = [token.token_type for token in tokens] + [TokenType.SEMICOLON]
    ends = {}
    for start, kind in enumerate(kinds):
        if kind != TokenType.VALUES or kinds[start + 1] != TokenType.L_PAREN:
            continue
        end = _row_end(kinds, start + 1)
        while kinds[end + 1 : end + 3] == [TokenType.COMMA, TokenType.L_PAREN]:
            end = _row_end(kinds, end + 2)
        is_enclosed = start > 0 and kinds[start - 1] == TokenType.L_PAREN
        if not (is_enclosed and kinds[end + 1] == TokenType.R_PAREN):
            ends[start] = end
    return ends


def _row_end(kinds: list[TokenType], start: int) -> int:
    """The parenthesis that closes the one at `start`; the last token where none does."""
    depth = 0
    for place in range(start, len(kinds) - 1):
        depth += (kinds[place] == TokenType.L_PAREN) - (kinds[place] == TokenType.R_PAREN)
        if depth == 0:
            return place
    return len(kinds) - 2


def _refuse_glued_numbers(tokens: list[Token], source: Source) -> None:
    """Refuse `1_000`, which sqlglot would read as 1 with the alias _000."""
    for one, two in pairwise(tokens):
        if one.token_type == TokenType.NUMBER and two.start == one.end + 1 and _is_word(two.text):
            message = f"syntax error: the number {one.text}{two.text} is not supported"
            raise source.error_between(message, one.start, two.end)


def _is_word(text: str) -> bool:
    return text[:1] == "_" or text[:1].isalpha()


def _is_number(text: str) -> bool:
    return text.strip().lstrip("+-").replace(".", "", 1).isdigit()


def _not_a_select(first: Token | None, source: Source) -> ViewError:
    message, fix = "this is not a single SELECT", "write one SELECT as the view"
    if first is None:
        return source.error(message, fix=fix)
    return source.error_between(message, first.start, first.end, fix=fix)


def parse(source: Source) -> exp.Expr:
    """Parse a view's SELECT; raises ViewError where it is not one SELECT."""
    try:
        tokens = list(plain_words(Dialect().tokenize(source.sql)))
        if tokens and tokens[0].token_type not in _FIRST:
            raise _not_a_select(tokens[0], source)
        _refuse_glued_numbers(tokens, source)
        Signs(tokens, source).check()
        Clauses(tokens, source).check()
        tokens = list(_whole_values(list(_whole_intervals(tokens))))
        parsed = Dialect().parser().parse(tokens, source.sql)
        statements = [s for s in parsed if s is not None]
    except ParseError as error:
        detail = error.errors[0] if error.errors else {}
        message = str(detail.get("description") or error).rstrip(".")
        raise source.error_at(
            f"syntax error: {message}",
            line=int(detail.get("line") or 1),
            column=int(detail.get("col") or 1) - len(str(detail.get("highlight") or "")) + 1,
            length=len(str(detail.get("highlight") or " ")),
        ) from error
    except TokenError as error:
        end = len(source.sql.rstrip()) - 1
        message = f"syntax error: {error.__cause__ or error}"
        raise source.error_between(message, end, end) from error
    if len(statements) != 1 or not isinstance(statements[0], exp.Query):
        raise _not_a_select(tokens[0] if tokens else None, source)
    check_parts(statements[0], source)
    return statements[0]
