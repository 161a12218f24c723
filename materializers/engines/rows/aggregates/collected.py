"""Values collected in a text, an array or a JSON (manual, "Aggregate Functions")."""

from __future__ import annotations

from materializers.engines.rows.aggregates.answer import Aggregates, Answer, Lines
from materializers.engines.rows.failure import EvaluationError
from materializers.engines.rows.json.json_output import (
    json_writer,
    jsonb_writer,
    nullable_writer,
    object_text,
)
from materializers.engines.rows.json.json_value import string
from materializers.sql.types.aggregate_call import AggregateCall


def _string_agg(call: AggregateCall) -> Answer:
    def joined(lines: Lines) -> str | None:
        taken = [line for line in lines if line[0] is not None]
        if not taken:
            return None
        return "".join([taken[0][0], *((s or "") + text for text, s in taken[1:])])

    return joined


def _array_agg(call: AggregateCall) -> Answer:
    return lambda lines: tuple([line[0] for line in lines]) or None


def _json_agg(call: AggregateCall) -> Answer:
    kind, is_jsonb = call.arguments[0].type, call.type.name == "jsonb"
    write = nullable_writer((jsonb_writer if is_jsonb else json_writer)(kind))
    is_broken = not is_jsonb and (kind.element is not None or kind.name == "record")
    between = ", \n " if is_broken else ", "

    def collected(lines: Lines) -> str | None:
        return f"[{between.join([write(line[0]) for line in lines])}]" if lines else None

    return collected


def _json_object_agg(call: AggregateCall) -> Answer:
    is_jsonb = call.type.name == "jsonb"
    write = nullable_writer((jsonb_writer if is_jsonb else json_writer)(call.arguments[1].type))

    def collected(lines: Lines) -> str | None:
        pairs = [(_name(name), write(value)) for name, value in lines]
        if not pairs:
            return None
        if is_jsonb:
            return object_text(pairs)
        return "{ " + ", ".join([f"{string(name)} : {value}" for name, value in pairs]) + " }"

    return collected


def _name(name: str | None) -> str:
    if name is None:
        raise EvaluationError("field name must not be null")
    return name


COLLECTED: Aggregates = {
    "string_agg": _string_agg,
    "array_agg": _array_agg,
    "json_agg": _json_agg,
    "jsonb_agg": _json_agg,
    "json_object_agg": _json_object_agg,
    "jsonb_object_agg": _json_object_agg,
}
