"""JSON nested too deeply for Python's stack raises an EvaluationError. PostgreSQL raises an error
too, at a few thousand levels."""

from __future__ import annotations

from functools import wraps

from materializers.engines.rows.failure import EvaluationError
from materializers.engines.rows.meaning import (
    Chosen,
    Function,
    Lenient,
    Meaning,
    Meanings,
    Said,
    Source,
)
from materializers.engines.rows.values import Value
from materializers.sql.types.expression import Apply


def within_depth(function: Function) -> Function:
    """The function; raises EvaluationError for JSON that is nested too deeply."""

    @wraps(function)
    def guarded(*values: Value) -> Value:
        try:
            return function(*values)
        except RecursionError:
            raise EvaluationError("stack depth limit exceeded") from None

    return guarded


def all_within_depth(meanings: Meanings) -> Meanings:
    """A family of functions, each guarded in this way."""
    return {name: _guarded(meaning) for name, meaning in meanings.items()}


def _guarded(meaning: Meaning) -> Meaning:
    if isinstance(meaning, Lenient):
        return Lenient(within_depth(meaning.function))
    if not isinstance(meaning, Chosen):
        return within_depth(meaning)
    choose = meaning.choose

    def guarded(node: Apply) -> Said:
        said = choose(node)
        return said if isinstance(said, Source) else within_depth(said)

    return Chosen(guarded, meaning.is_strict)
