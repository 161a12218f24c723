"""What goes wrong when an expression is compiled or evaluated."""

from __future__ import annotations

from materializers.sql.types.sql_type import SqlType


class EvaluationError(Exception):
    """A value for which PostgreSQL raises an error, with PostgreSQL's message."""


class UnfitValue(EvaluationError):
    """A value that PostgreSQL has, and sinks have no room for. `kind`: of the `column`."""

    def __init__(self, column: str, kind: SqlType) -> None:
        digits = f"({kind.precision},{kind.scale})" if kind.name == "numeric" else ""
        super().__init__(f"column {column}: a value does not fit {kind.name}{digits}")
        self.column, self.kind = column, kind


class Unsupported(Exception):
    """A node that has no meaning here yet; `name`: of the function, or `cast from … to …`."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} has no meaning in the row engine")
        self.name = name


class UnfitState(Exception):
    """A state that does not fit what is asked of it; it must be built anew."""


def fail(message: str) -> object:
    """Raise an EvaluationError where an expression is wanted."""
    raise EvaluationError(message)


def out_of_range(type_name: str) -> EvaluationError:
    """The error for a result that its type does not hold."""
    return EvaluationError(f"{type_name} out of range")


def overflow(type_name: str) -> object:
    """Raise it where an expression is wanted."""
    raise out_of_range(type_name)


def invalid_text(type_name: str, text: str) -> EvaluationError:
    """The error for a text that the input function of a type refuses."""
    return EvaluationError(f'invalid input syntax for type {type_name}: "{text}"')
