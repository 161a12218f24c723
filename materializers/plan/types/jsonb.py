"""Values in jsonb's own text (jsonb.c): keys by length, then by bytes, each once; a space after `:`
and `,`. What is written so is equal where its text is, and has PostgreSQL's text."""

from __future__ import annotations

from materializers.plan.types.expression import Expression, Words, text_literal
from materializers.plan.types.json_text import string
from materializers.plan.types.render import as_json, has_display_scale
from materializers.plan.types.sql_type import JSONB_TEXT

Pair = tuple[Expression, Expression]


def as_jsonb(value: Expression) -> str | None:
    """SQL of `to_jsonb(value)::text`, the text `null` for NULL; None where the text that there is
    cannot be PostgreSQL's."""
    kind = value.type
    if kind.is_float or kind.name in ("json", "money"):
        return None
    if kind.name == "record":
        return _of_record(value)
    if kind.name == "jsonb":
        text = value.sql if kind.is_kept_as_text else None
        return text if text is None or not value.nullable else f"coalesce({text}, 'null')"
    if kind.name == "numeric" and not kind.is_kept_as_text and not has_display_scale(kind):
        return None
    if kind.element is None or kind.is_kept_as_text:
        return as_json(value)
    member = as_jsonb(Words("e", kind.element))
    if member is None:
        return None
    members = f"list_transform({value.sql}, lambda e: {member})"
    return f"coalesce('[' || array_to_string({members}, ', ') || ']', 'null')"


def _of_record(value: Expression) -> str | None:
    fields = [Words("f", kind) for _, kind in value.type.fields]
    if any(as_jsonb(each) is None for each in fields):
        return None
    sql = f"pg_jsonb_object(pg_jsonb_members({value.sql}))"
    return f"coalesce({sql}, 'null')" if value.nullable else sql


def array(values: list[Expression]) -> Expression | None:
    """A jsonb array; None where a member's text is not PostgreSQL's."""
    members = [text for value in values if (text := as_jsonb(value)) is not None]
    if len(members) < len(values):
        return None
    sql = f"('[' || {_joined(members)} || ']')" if members else "'[]'"
    return Words(sql, JSONB_TEXT, False)


def _joined(members: list[str]) -> str:
    return " || ', ' || ".join(members)


def object_of(pairs: list[Pair], names: list[str]) -> Expression | None:
    """A jsonb object of constant or other names, `names` SQL of the texts; None where a value's
    text is not PostgreSQL's."""
    values = [text for _, value in pairs if (text := as_jsonb(value)) is not None]
    if len(values) < len(pairs):
        return None
    constants = {key.literal: value for (key, _), value in zip(pairs, values, strict=True)}
    if None in constants:
        listed = ", ".join(f"{{'k': {n}, 'v': {v}}}" for n, v in zip(names, values, strict=True))
        return Words(f"pg_jsonb_object([{listed}])", JSONB_TEXT, False)
    known = sorted(
        (len(name.encode()), name.encode(), name) for name in constants if name is not None
    )
    members = [f"{text_literal(f'{string(name)}: ')} || {constants[name]}" for *_, name in known]
    return Words(f"('{{' || {_joined(members)} || '}}')" if members else "'{}'", JSONB_TEXT, False)
