"""Enums (manual, "Enumerated Types"): a value is the text of its label."""

from __future__ import annotations

from materializers.engines.rows.failure import EvaluationError
from materializers.engines.rows.meaning import Chosen, Function, Meanings
from materializers.sql.types.expression import Apply


def _place(node: Apply) -> Function:
    name, *labels = node.options
    places = {label: place for place, label in enumerate(labels, 1)}

    def place_of(label: str) -> int:
        position = places.get(label)
        if position is None:
            raise EvaluationError(f"the labels of {name} that are known do not hold {label}")
        return position

    return place_of


def _label(node: Apply) -> Function:
    return lambda place: node.options[place - 1]


def _input(node: Apply) -> Function:
    name, *labels = node.options

    def read(text: str) -> str:
        if text not in labels:
            raise EvaluationError(f'invalid input value for enum {name}: "{text}"')
        return text

    return read


ENUMS: Meanings = {
    "enum place": Chosen(_place),
    "enum label": Chosen(_label),
    "enum input": Chosen(_input),
}
