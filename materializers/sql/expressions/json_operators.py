"""`->`, `->>`, `#>`, `#>>`, `?`, `?|`, `?&` of JSON (manual, "JSON Functions and Operators")."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from materializers.errors import ViewError
from materializers.sql.expressions.translating import Translating
from materializers.sql.types.array_text import parse_array
from materializers.sql.types.expression import Apply, Constant, Expression, boolean
from materializers.sql.types.sql_type import (
    INTEGER,
    JSONB_TEXT,
    TEXT,
    UNKNOWN,
    array_of,
)

Fail = Callable[[str], ViewError]
_TEXTS = array_of(TEXT)


def arrow_(translate: Translating, node: exp.Binary) -> Expression:
    """`value -> step` and `value ->> step`."""
    name = "->>" if isinstance(node, exp.JSONExtractScalar) else "->"
    source, step = json(translate, translate(node.this), node), _step(translate, node.expression)
    if not (step.type.name in ("smallint", "integer") or step.type.is_text):
        message = f"operator does not exist: {source.type.name} {name} {step.type.name}"
        raise translate.fail(message, node)
    return at_step(source, name, step)


def at_step(source: Expression, name: str, step: Expression) -> Expression:
    """The member at a key or index, as JSON (`->`) or as text (`->>`)."""
    return Apply(name, (source, step), TEXT if name == "->>" else source.type)


def _step(translate: Translating, node: exp.Expr) -> Expression:
    number = node.this if isinstance(node, exp.Neg) else None
    if isinstance(number, exp.Literal) and not number.is_string and number.this.isdigit():
        return Constant(f"-{number.this}", INTEGER)
    return translate(node)


def path_(translate: Translating, node: exp.Binary) -> Expression:
    """`value #> path` and `value #>> path`."""
    is_text = isinstance(node, exp.JSONBExtractScalar)
    path, value = translate(node.expression), json(translate, translate(node.this), node)
    keys = parse_array(path.literal) if path.literal is not None else _constants(node.expression)
    if keys is None:
        raise translate.fail("the path of #> and #>> must be a constant array of texts", node)
    return by_keys(value, keys, lambda message: translate.fail(message, node), is_text=is_text)


def _constants(node: exp.Expr) -> list[str | None] | None:
    if isinstance(node, exp.Array) and all(isinstance(e, exp.Literal) for e in node.expressions):
        return [str(e.this) for e in node.expressions]
    return None


def by_keys(value: Expression, keys: list[str | None], fail: Fail, *, is_text: bool) -> Expression:
    """The member at a path of keys; a key that looks like a number is an array's index too. Raises
    ViewError (by `fail`) for a key that a path cannot express."""
    if "*" in keys or "" in keys:
        raise fail("the keys * and the empty one are not supported in a path")
    kind = TEXT if is_text else value.type
    path = tuple(key for key in keys if key is not None)
    if len(path) < len(keys):
        return Constant(None, kind)
    return Apply("#>>" if is_text else "#>", (value,), kind, options=path)


def json(translate: Translating, value: Expression, node: exp.Expr) -> Expression:
    """The value; raises ViewError unless it is json or jsonb."""
    if not value.type.is_json:
        raise translate.fail(f"this operator needs json or jsonb, not {value.type.name}", node)
    return value


def jsonb(translate: Translating, value: Expression, node: exp.Expr) -> Expression:
    """The value; raises ViewError unless it is jsonb."""
    if value.type == UNKNOWN:
        return value.cast(JSONB_TEXT)
    if value.type.name != "jsonb":
        raise translate.fail(f"this operator needs jsonb, not {value.type.name}", node)
    return value


def has_key_(translate: Translating, node: exp.Binary) -> Expression:
    """`value ? key`."""
    value, key = jsonb(translate, translate(node.this), node), translate(node.expression)
    if not (key.type.is_text or key.type == UNKNOWN):
        raise translate.fail(f"? needs a text, not {key.type.name}", node)
    return boolean("?", value, key.cast(TEXT))


def has_keys_(translate: Translating, node: exp.Binary) -> Expression:
    """`value ?| keys` and `value ?& keys`."""
    value, keys = jsonb(translate, translate(node.this), node), translate(node.expression)
    if keys.type == UNKNOWN:
        keys = keys.cast(_TEXTS)
    if keys.type != _TEXTS:
        raise translate.fail(f"?| and ?& need text[], not {keys.type.name}", node)
    return boolean("?&" if isinstance(node, exp.JSONBContainsAllTopKeys) else "?|", value, keys)
