"""Parses the statements of `views/*.sql`: the views, and the sinks that keep them.

    CREATE MATERIALIZED VIEW name AS SELECT …;
    CREATE SINK name FROM view WITH (connection = 'search', index = 'flights', …);

sqlglot's tokenizer reads the frame. The SELECT's text is taken as written, with its first line, for
the planner and error messages.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlglot import Token, TokenType, tokenize
from sqlglot.errors import SqlglotError

from materializers.errors import ViewError
from materializers.view import SinkDefinition, ViewDefinition

_VIEW_FORM = "write CREATE MATERIALIZED VIEW name AS SELECT …;"
_SINK_FORM = "write CREATE SINK name FROM view WITH (connection = '…', …);"
_VALUES = {TokenType.STRING, TokenType.NUMBER, TokenType.TRUE, TokenType.FALSE}


@dataclass(frozen=True, slots=True)
class Definitions:
    """The definitions of one file, and the faults of its other statements."""

    views: tuple[ViewDefinition, ...]
    sinks: tuple[SinkDefinition, ...]
    problems: tuple[ViewError, ...]


def excerpt(text: str, start: int, length: int = 1) -> str:
    """The line around character `start` of a text, with the place underlined."""
    begin = text.rfind("\n", 0, start) + 1
    end = text.find("\n", start)
    line = text[begin : end if end >= 0 else len(text)]
    column = start - begin
    indent = re.sub(r"[^\t]", " ", line[:column])
    marks = "^" * max(1, min(length, len(line) - column))
    return f"  {line}\n  {indent}{marks}"


def parse_definitions(file: Path, text: str) -> Definitions:
    """Read every statement of a file; a faulty one does not hide the others."""
    views: list[ViewDefinition] = []
    sinks: list[SinkDefinition] = []
    problems: list[ViewError] = []
    try:
        tokens = tokenize(text, read="postgres")
    except (SqlglotError, ValueError) as error:
        return Definitions((), (), (_unreadable(file, text, error),))
    for statement in _statements(tokens):
        reader = _Statement(file, text, statement)
        try:
            defined = reader.definition()
        except ViewError as problem:
            problems.append(problem)
            continue
        if isinstance(defined, ViewDefinition):
            views.append(defined)
        else:
            sinks.append(defined)
    return Definitions(tuple(views), tuple(sinks), tuple(problems))


def _statements(tokens: list[Token]) -> Iterator[list[Token]]:
    statement: list[Token] = []
    for token in tokens:
        if token.token_type == TokenType.SEMICOLON:
            if statement:
                yield statement
            statement = []
        else:
            statement.append(token)
    if statement:
        yield statement


def _unreadable(file: Path, text: str, error: Exception) -> ViewError:
    """The error for a text that ends inside a quote or comment, at its beginning if known."""
    quotes = [place for place, sign in enumerate(text) if sign == "'"]
    place = quotes[-1] if len(quotes) % 2 else len(text) - 1
    return _problem(
        file, text, place, f"the file cannot be split into words ({str(error)[:60]}).",
        "close the quote or comment that is open.",
    )  # fmt: skip


def _problem(
    file: Path, text: str, start: int, message: str, fix: str, length: int = 1
) -> ViewError:
    line = text.count("\n", 0, start) + 1
    column = start - text.rfind("\n", 0, start)
    where = f"{file}:{line}:{column}"
    return ViewError(f"{where}: {message}", fix=fix, excerpt=excerpt(text, start, length))


class _Statement:
    """Reads one statement's tokens from left to right."""

    def __init__(self, file: Path, text: str, tokens: list[Token]) -> None:
        self._file = file
        self._text = text
        self._tokens = tokens
        self._at = 0

    def definition(self) -> ViewDefinition | SinkDefinition:
        self._word("CREATE", f"{_VIEW_FORM[:-1]} or CREATE SINK …;")
        kind = self._next(_VIEW_FORM)
        match kind.text.upper():
            case "MATERIALIZED":
                self._word("VIEW", _VIEW_FORM)
                return self._view()
            case "SINK":
                return self._sink()
            case "VIEW":
                raise self._wrong(kind, "a plain view has no rows of its own.", _VIEW_FORM)
        guess = difflib.get_close_matches(kind.text.upper(), ["MATERIALIZED", "SINK"], n=1)
        fix = f"write {guess[0]}." if guess else f"{_VIEW_FORM[:-1]} or CREATE SINK …;"
        raise self._wrong(kind, f"{kind.text!r} cannot be created here.", fix)

    def _view(self) -> ViewDefinition:
        name = self._name(_VIEW_FORM)
        self._word("AS", _VIEW_FORM)
        first = self._next(_VIEW_FORM)
        if first.text.upper() not in {"SELECT", "WITH", "(", "VALUES"}:
            raise self._wrong(first, "a view is a SELECT.", _VIEW_FORM)
        last = self._tokens[-1]
        sql = self._text[first.start : last.end + 1]
        line = self._text.count("\n", 0, first.start) + 1
        return ViewDefinition(name, sql, self._file, line)

    def _sink(self) -> SinkDefinition:
        start = self._tokens[0].start
        name = self._name(_SINK_FORM)
        self._word("FROM", _SINK_FORM)
        view = self._name(_SINK_FORM)
        opening = self._word("WITH", _SINK_FORM)
        options = self._options()
        if self._at < len(self._tokens):
            raise self._wrong(self._tokens[self._at], "nothing is expected here.", "end with ;")
        connection = options.pop("connection", "")
        if not connection:
            message = f"sink {name} names no connection."
            raise self._wrong(opening, message, "add connection = '…' inside WITH (…).")
        line = self._text.count("\n", 0, start) + 1
        return SinkDefinition(name, view, connection, options, self._file, line)

    def _options(self) -> dict[str, str]:
        self._word("(", _SINK_FORM)
        options: dict[str, str] = {}
        while True:
            key = self._tokens[self._at] if self._at < len(self._tokens) else None
            name = self._option_name()
            if name in options and key is not None:
                raise self._wrong(key, f"option {name} is given twice.", "remove one.")
            value = self._next(_SINK_FORM)
            if value.token_type not in _VALUES:
                fix = f"write {name} = '{value.text}'."
                raise self._wrong(value, f"{name} needs a value in quotes or a number.", fix)
            options[name] = value.text
            closing = self._next(_SINK_FORM)
            if closing.text == ")":
                return options
            if closing.text != ",":
                raise self._wrong(closing, "expected a comma or ).", _SINK_FORM)

    def _option_name(self) -> str:
        parts = [self._name_token(_SINK_FORM)]
        while (sign := self._next(_SINK_FORM)).text == ".":
            parts.append(self._name_token(_SINK_FORM))
        if sign.text != "=":
            raise self._wrong(sign, f"expected = after {'.'.join(parts)}.", _SINK_FORM)
        return ".".join(parts)

    def _name(self, form: str) -> str:
        name = self._name_token(form)
        if self._at < len(self._tokens) and self._tokens[self._at].text == ".":
            dot = self._tokens[self._at]
            raise self._wrong(dot, "the name of a view or sink has no schema.", form)
        if "#" in name:
            token = self._tokens[self._at - 1]
            raise self._wrong(token, "the name of a view or sink has no #.", "take another name.")
        return name

    def _name_token(self, form: str) -> str:
        token = self._next(form)
        if token.token_type == TokenType.IDENTIFIER:
            return token.text
        if not re.fullmatch(r"[^\W\d]\w*", token.text) or token.token_type in _VALUES:
            raise self._wrong(token, f"{token.text!r} is no name.", form)
        return token.text.lower()

    def _word(self, word: str, form: str) -> Token:
        token = self._next(form)
        is_quoted = token.token_type in {TokenType.IDENTIFIER, TokenType.STRING}
        if token.text.upper() != word or is_quoted:
            raise self._wrong(token, f"expected {word}, found {token.text!r}.", form)
        return token

    def _next(self, form: str) -> Token:
        if self._at >= len(self._tokens):
            raise self._wrong(self._tokens[-1], "the statement ends here.", form)
        self._at += 1
        return self._tokens[self._at - 1]

    def _wrong(self, token: Token, message: str, fix: str) -> ViewError:
        length = token.end - token.start + 1
        return _problem(self._file, self._text, token.start, message, fix, length)
