"""From a view's columns to an index: mapping and settings.

Text is `text` with a `.keyword` field, as Elasticsearch does by itself: `match` on `name`, sort
and aggregate on `name.keyword`. Key columns are `keyword`. Values longer than 8,191 characters
are in the document and in the full-text index, not in `.keyword` (Lucene's limit of 32,766
bytes). `numeric` is indexed as `double`, the document keeps every digit.

JSON columns are mapped by Elasticsearch from what arrives, except arrays of objects: `nested`, so
that one object's fields are matched together. The first value must not decide what later ones may
be: numbers are `double`, whole ones too, and every value has a `.keyword`, in which numbers past
2^53 stay exact and values are found that are no numbers where a number was first. Fields past the
limit of an index are in its documents, and cannot be searched.
"""

from __future__ import annotations

from typing import Any

from materializers.sinks.kind import Kind, base_type, kind_of
from materializers.view import ViewColumn, ViewSchema

IGNORE_ABOVE = 8191
_KEYWORD = {"type": "keyword", "ignore_above": IGNORE_ABOVE}
_INTEGERS = {"smallint": "short", "int2": "short", "integer": "integer", "int4": "integer"}
# PostgreSQL's NaN, infinity and years past 9999 stay in the document; they are not searchable.
_LENIENT = {"ignore_malformed": True}
_IN_JSON = {"string": "text", "long": "double", "double": "double", "boolean": "boolean"}
FIELDS_IN_JSON_MAX = 1000
FIELDS_LIMIT = "mapping.total_fields.limit"


def column_mapping(column: ViewColumn, is_key: bool) -> dict[str, Any] | None:
    """The mapping of a column; None where Elasticsearch is to see values first."""
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
    """The body of `mappings`. `nested` are JSON columns known to hold arrays of objects;
    `owner` is the sink's name, by which it knows its indices again."""
    properties = {c.name: column_mapping(c, c.name in schema.key) for c in schema.columns}
    properties |= {name: {"type": "nested"} for name in nested}
    return {
        "_meta": {"rederive": {"sink": owner, "view": schema.name}},
        # A text that looks like a date in the first document must not forbid others.
        "date_detection": False,
        "dynamic_templates": [{f"{found}s": _template(found)} for found in _IN_JSON],
        "properties": {name: body for name, body in properties.items() if body is not None},
    }


def _template(found: str) -> dict[str, Any]:
    """How a field within JSON is mapped by what its first value is."""
    lenient = {} if found == "string" else _LENIENT
    mapping = {"type": _IN_JSON[found], "fields": {"keyword": _KEYWORD}} | lenient
    return {"match_mapping_type": found, "mapping": mapping}


def field_count(schema: ViewSchema) -> int:
    """The fields of an index before any JSON has arrived."""
    made = [column_mapping(column, column.name in schema.key) for column in schema.columns]
    parts = {part for c in schema.columns for part in objects_of(c.name)}
    return len(parts) + sum(1 + len(each.get("fields", {})) for each in made if each is not None)


def objects_of(name: str) -> list[str]:
    """The objects that a column is a field in: `a` and `a.b` of `a.b.c`."""
    parts = name.split(".")
    return [".".join(parts[:count]) for count in range(1, len(parts))]


def owner_of(mapping: dict[str, Any]) -> str | None:
    """The sink that made an index, from its mapping; None where no sink of ours did."""
    meta = mapping.get("_meta", {}).get("rederive")
    return meta.get("sink") if isinstance(meta, dict) else None


def settings(
    schema: ViewSchema, shards: int, replicas: int, extra: dict[str, str]
) -> dict[str, Any]:
    """The body of `settings`. `replicas`: -1 for one where the cluster has a second node.

    No refresh but ours, so that a search never sees half a step; the versions of deleted
    documents are kept for an hour, so that a late write stays late."""
    base: dict[str, Any] = {
        "number_of_shards": shards,
        "refresh_interval": "-1",
        "gc_deletes": "1h",
        FIELDS_LIMIT: field_count(schema) + FIELDS_IN_JSON_MAX,
        "mapping.total_fields.ignore_dynamic_beyond_limit": True,
    }
    base |= {"auto_expand_replicas": "0-1"} if replicas < 0 else {"number_of_replicas": replicas}
    return base | {name.removeprefix("index."): value for name, value in extra.items()}
