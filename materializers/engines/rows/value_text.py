"""Values as text, and from text, within expressions."""

from __future__ import annotations

from collections.abc import Callable

from materializers.engines.rows.meaning import Chosen, Meanings, source
from materializers.engines.rows.type_io import input_of, output_of, text_of
from materializers.engines.rows.values import Value
from materializers.sql.types.expression import Apply


def _text(node: Apply) -> Callable[[Value], str]:
    return text_of(node.arguments[0].type)


def _output(node: Apply) -> Callable[[Value], str]:
    return output_of(node.arguments[0].type)


def _input(node: Apply) -> Callable[[str], Value]:
    return input_of(node.type)


VALUE_TEXTS: Meanings = {
    "text": Chosen(_text),
    "output": Chosen(_output),
    "input": Chosen(_input),
    "||": source("{0} + {1}"),
}
