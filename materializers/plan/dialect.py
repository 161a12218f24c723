"""PostgreSQL's dialect for sqlglot, with every function call left as it was written.

sqlglot turns calls it knows into classes of its own, which loses the name a user wrote and its
place; the planner has its own table of functions and wants both.
"""

from __future__ import annotations

from typing import Any, ClassVar

import sqlglot
from sqlglot import exp
from sqlglot.dialects.postgres import Postgres
from sqlglot.errors import ParseError, TokenError
from sqlglot.tokens import TokenType  # type: ignore[attr-defined]

from materializers.plan.place import Source

_KEPT = ("CAST", "EXTRACT", "POSITION", "SUBSTRING", "TRIM", "CEIL", "FLOOR")
_base: Any = Postgres.Parser  # mypy cannot follow sqlglot's compiled classes


class _Parser(_base):  # type: ignore[misc]
    FUNCTIONS: ClassVar[dict[str, Any]] = {}
    FUNCTION_PARSERS: ClassVar[dict[str, Any]] = {
        name: parse for name, parse in _base.FUNCTION_PARSERS.items() if name in _KEPT
    }
    # `->` is an operator in an argument as well, never a lambda
    LAMBDAS: ClassVar[dict[Any, Any]] = {
        token: parse for token, parse in _base.LAMBDAS.items() if token != TokenType.ARROW
    }
    # The step of a path as it is written: sqlglot's own would read `$` and `.` in a key
    JSON_OPERATORS: ClassVar[dict[Any, Any]] = {
        **_base.JSON_OPERATORS,
        TokenType.ARROW: lambda _, this, step: exp.JSONExtract(this=this, expression=step),
        TokenType.DARROW: lambda _, this, step: exp.JSONExtractScalar(this=this, expression=step),
    }


class Dialect(Postgres):
    """PostgreSQL with plain function calls."""

    Parser = _Parser
    INDEX_OFFSET = 0  # subscripts as they are written


def parse(source: Source) -> exp.Expr:
    """The SELECT of a view; raises ViewError where it is not one."""
    try:
        statements = [s for s in sqlglot.parse(source.sql, dialect=Dialect) if s is not None]
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
        raise source.error(f"syntax error: {error}") from error
    if len(statements) != 1 or not isinstance(statements[0], exp.Query):
        raise source.error("this is not a single SELECT", fix="write one SELECT as the view")
    return statements[0]
