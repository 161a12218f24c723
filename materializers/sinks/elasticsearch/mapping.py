"""The mapping and settings of an index, from a view's columns.

Text is `text` with a `.keyword` field, Elasticsearch's own default: `match` on `name`, sort and
aggregate on `name.keyword`. Key columns are `keyword`. Values longer than 8,191 characters are in
the document and the full-text index, but not in `.keyword` (Lucene's limit is 32,766 bytes).
`numeric` is indexed as `double`; the document keeps every digit.

JSON columns are mapped by Elasticsearch from what arrives, except arrays of objects: those are
`nested`, so that one object's fields are matched together. The first value must not restrict later
ones. So numbers are `double`, whole ones too, and every value has a `.keyword`: numbers beyond 2^53
are exact there, and so are texts where the first value was a number. Fields beyond an index's limit
are in its documents, but not searchable.
"""

from __future__ import annotations

from typing import Any

from materializers.sinks.kind import Kind, base_type, kind_of
from materializers.view import ViewColumn, ViewSchema

IGNORE_ABOVE = 8191
_KEYWORD = {"type": "keyword", "ignore_above": IGNORE_ABOVE}
_INTEGERS = {"smallint": "short", "int2": "short", "integer": "integer", "int4": "integer"}
# PostgreSQL's NaN, infinity and years after 9999 are in the document, but not searchable.
_LENIENT = {"ignore_malformed": True}
_IN_JSON = {"string": "text", "long": "double", "double": "double", "boolean": "boolean"}
FIELDS_IN_JSON_MAX = 1000
FIELDS_LIMIT = "mapping.total_fields.limit"


def column_mapping(column: ViewColumn, is_key: bool) -> dict[str, Any] | None:
    """The mapping of a column; None where Elasticsearch maps it by its values."""
    kind = kind_of(column.type_name)
    if kind is Kind.JSON:
        return None
    if kind is Kind.TEXT and not is_key:
        return {"type": "text", "fields": {"keyword": _KEYWORD}}
    if kind is Kind.INTEGER:
        return {"type": _INTEGERS.get(base_type(column.type_name), "long")}
    if kind is Kind.BOOLEAN:
        return {"type": "boolean"}
    if kind in (Kind.NUMERIC, Kind.FLOAT):
        is_single = base_type(column.type_name) in ("real", "float4")
        return {"type": "float" if is_single else "double"} | _LENIENT
    if kind in (Kind.DATE, Kind.TIMESTAMP, Kind.TIMESTAMPTZ):
        return {"type": "date"} | _LENIENT
    if kind is Kind.BYTES:
        return {"type": "binary"}
    return dict(_KEYWORD)


def mappings(schema: ViewSchema, nested: tuple[str, ...], owner: str) -> dict[str, Any]:
    """The body of `mappings`. `nested`: JSON columns known to hold arrays of objects. `owner`: the
    sink's name, which marks the index as its own."""
    properties = {c.name: column_mapping(c, c.name in schema.key) for c in schema.columns}
    properties |= {name: {"type": "nested"} for name in nested}
    return {
        "_meta": {"rederive": {"sink": owner, "view": schema.name}},
        # A first text that looks like a date must not forbid other texts.
        "date_detection": False,
        "dynamic_templates": [{f"{kind}s": _template(kind)} for kind in _IN_JSON],
        "properties": {name: body for name, body in properties.items() if body is not None},
    }


def _template(first: str) -> dict[str, Any]:
    """The mapping of a field inside JSON whose first value has that type."""
    lenient = {} if first == "string" else _LENIENT
    mapping = {"type": _IN_JSON[first], "fields": {"keyword": _KEYWORD}} | lenient
    return {"match_mapping_type": first, "mapping": mapping}


def field_count(schema: ViewSchema) -> int:
    """The number of fields of an index before any JSON has arrived."""
    made = [column_mapping(column, column.name in schema.key) for column in schema.columns]
    parts = {part for c in schema.columns for part in objects_of(c.name)}
    return len(parts) + sum(1 + len(each.get("fields", {})) for each in made if each is not None)


def objects_of(name: str) -> list[str]:
    """The objects around a field: `a` and `a.b` for `a.b.c`."""
    parts = name.split(".")
    return [".".join(parts[:count]) for count in range(1, len(parts))]


def owner_of(mapping: dict[str, Any]) -> str | None:
    """The sink that made an index, from its mapping; None for an index that is not ours."""
    meta = mapping.get("_meta", {}).get("rederive")
    return meta.get("sink") if isinstance(meta, dict) else None


def settings(
    schema: ViewSchema, shards: int, replicas: int, extra: dict[str, str]
) -> dict[str, Any]:
    """The body of `settings`. `replicas`: -1 for one if the cluster has a second node.

    Only our refreshes, so that a search never sees part of a step. Versions of deleted documents
    are kept for an hour, so that late writes are still refused."""
    base: dict[str, Any] = {
        "number_of_shards": shards,
        "refresh_interval": "-1",
        "gc_deletes": "1h",
        FIELDS_LIMIT: field_count(schema) + FIELDS_IN_JSON_MAX,
        "mapping.total_fields.ignore_dynamic_beyond_limit": True,
    }
    base |= {"auto_expand_replicas": "0-1"} if replicas < 0 else {"number_of_replicas": replicas}
    return base | {name.removeprefix("index."): value for name, value in extra.items()}
