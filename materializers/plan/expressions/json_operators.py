"""`->`, `->>`, `#>`, `#>>`, `?`, `?|`, `?&` of JSON (manual, "JSON Functions and Operators")."""

from __future__ import annotations

import itertools
import re

from sqlglot import exp

from materializers.plan.expressions.translating import Translating
from materializers.plan.types.array_text import parse_array
from materializers.plan.types.expression import Expression, Words, text_literal
from materializers.plan.types.sql_type import (
    BOOLEAN,
    JSONB_TEXT,
    TEXT,
    UNKNOWN,
    array_of,
)

Step = str | int
Extraction = (exp.JSONExtract, exp.JSONExtractScalar)
_TEXTS = array_of(TEXT)
_PATHS_MAX = 16


def arrow_(translate: Translating, node: exp.Binary) -> Expression:
    """`value -> step` and `value ->> step`; a chain of constant steps is one path."""
    is_text = isinstance(node, exp.JSONExtractScalar)
    steps: list[Step] = []
    value: exp.Expr = node
    while isinstance(value, Extraction) and (step := _step(value.expression)) is not None:
        if value is not node and isinstance(value, exp.JSONExtractScalar):
            break
        steps.insert(0, step)
        value = value.this.unnest()
    if steps:
        source = json(translate, translate(value), node)
        if has_odd_key([steps]):
            raise translate.fail("the keys * and the empty one are not supported", node)
        found = extracted(source, [steps], is_text=is_text)
        if steps[-1] in (0, -1) and source.type.name == "jsonb":
            return _or_scalar(found, source, steps[:-1], is_text)
        return found
    step_value, source = translate(node.expression), json(translate, translate(node.this), node)
    if step_value.type.is_integer:
        is_jsonb = "true" if source.type.name == "jsonb" else "false"
        place = f"pg_json_index({source.sql}, {step_value.sql}, {is_jsonb})"
        return _at(source, place, is_text)
    if not step_value.type.is_text:
        raise translate.fail("-> and ->> take a key or an index", node)
    return _at(source, f"pg_json_key({source.sql}, {step_value.sql})", is_text)


def _or_scalar(
    found: Expression, source: Expression, before: list[Step], is_text: bool
) -> Expression:
    """The first and the last element of a jsonb scalar are the scalar itself."""
    path = text_literal("$" + "".join(map(_path_step, before)))
    scalar = _at(source, path, is_text)
    is_none = f"json_type({source.sql}, {path}) IN ('OBJECT', 'ARRAY')"
    sql = f"(CASE WHEN {is_none} THEN {found.sql} ELSE {scalar.sql} END)"
    return Words(sql, found.type, True)


def _step(node: exp.Expr) -> Step | None:
    if isinstance(node, exp.Literal):
        return str(node.this) if node.is_string else int(node.this)
    if isinstance(node, exp.Neg) and isinstance(node.this, exp.Literal):
        return -int(node.this.this)
    return None


def path_(translate: Translating, node: exp.Binary) -> Expression:
    """`value #> path` and `value #>> path`."""
    is_text = isinstance(node, exp.JSONBExtractScalar)
    path, value = translate(node.expression), json(translate, translate(node.this), node)
    keys = parse_array(path.literal) if path.literal is not None else _constants(node.expression)
    if keys is None:
        raise translate.fail("the path of #> and #>> must be a constant array of texts", node)
    return by_keys(value, keys, is_text=is_text)


def _constants(node: exp.Expr) -> list[str | None] | None:
    if isinstance(node, exp.Array) and all(isinstance(e, exp.Literal) for e in node.expressions):
        return [str(e.this) for e in node.expressions]
    return None


def by_keys(value: Expression, keys: list[str | None], *, is_text: bool) -> Expression:
    """What a path of texts leads to: one that looks like a number is an index of an array too."""
    if None in keys:
        return Words("CAST(NULL AS VARCHAR)", TEXT if is_text else value.type)
    choices: list[list[Step]] = [
        [key, int(key)] if re.fullmatch(r"[-+]?\d+", key) else [key]
        for key in keys
        if key is not None
    ]
    paths = [list(path) for path in itertools.islice(itertools.product(*choices), _PATHS_MAX)]
    return extracted(value, paths, is_text=is_text)


def has_odd_key(paths: list[list[Step]]) -> bool:
    """Whether a path has a key that DuckDB's paths cannot say."""
    return any(step in ("*", "") for path in paths for step in path)


def extracted(value: Expression, paths: list[list[Step]], *, is_text: bool) -> Expression:
    """What the first of the paths that leads anywhere leads to."""
    found = [
        _at(value, text_literal("$" + "".join(map(_path_step, path))), is_text) for path in paths
    ]
    if len(found) == 1:
        return found[0]
    sql = f"coalesce({', '.join(f.sql for f in found)})"
    return Words(sql, found[0].type, True)


def _path_step(step: Step) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    return '."' + step.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _at(value: Expression, path: str, is_text: bool) -> Expression:
    sql = f"{'pg_json_text_at' if is_text else 'pg_json_at'}({value.sql}, {path})"
    if value.type.is_kept_as_text:
        # PostgreSQL's own spaces, which DuckDB leaves out, around what an object or array holds
        is_inner = f"json_type({value.sql}, {path}) IN ('OBJECT', 'ARRAY')"
        sql = f"CASE WHEN {is_inner} THEN pg_json_spaced({sql}) ELSE {sql} END"
    return Words(f"({sql})", TEXT if is_text else value.type, True)


def json(translate: Translating, value: Expression, node: exp.Expr) -> Expression:
    """A value that must be json or jsonb."""
    if not value.type.is_json:
        raise translate.fail(f"this operator needs json or jsonb, not {value.type.name}", node)
    return value


def jsonb(translate: Translating, value: Expression, node: exp.Expr) -> Expression:
    """A value that must be jsonb."""
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
    sql = f"pg_json_has_key({value.sql}, {key.cast(TEXT).sql})"
    return Words(sql, BOOLEAN, value.nullable or key.nullable)


def has_keys_(translate: Translating, node: exp.Binary) -> Expression:
    """`value ?| keys` and `value ?& keys`; NULL among the keys counts for nothing."""
    value, keys = jsonb(translate, translate(node.this), node), translate(node.expression)
    if keys.type == UNKNOWN:
        keys = keys.cast(_TEXTS)
    if keys.type != _TEXTS:
        raise translate.fail(f"?| and ?& need text[], not {keys.type.name}", node)
    tests = (
        f"list_transform(list_filter({keys.sql}, lambda key: key IS NOT NULL),"
        f" lambda key: pg_json_has_key({value.sql}, key))"
    )
    is_all = isinstance(node, exp.JSONBContainsAllTopKeys)
    found = f"NOT list_contains({tests}, false)" if is_all else f"list_contains({tests}, true)"
    sql = f"CASE WHEN {value.sql} IS NOT NULL AND {keys.sql} IS NOT NULL THEN {found} END"
    return Words(f"({sql})", BOOLEAN, value.nullable or keys.nullable)
