"""Checks that a view's columns can be fields of an index."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from materializers.sinks.elasticsearch.mapping import FIELDS_LIMIT, field_count, objects_of
from materializers.sinks.options import Options
from materializers.view import ViewSchema

# https://www.elastic.co/docs/reference/elasticsearch/mapping-reference/document-metadata-fields
METADATA = frozenset(
    "_id _index _source _routing _field_names _ignored _ignored_source _seq_no _version _doc_count "
    "_nested_path _data_stream_timestamp".split()
)
_OF_MODULES = frozenset({"_tier", "_inference_fields"})


def refuse_unfit(options: Options, schema: ViewSchema, settings: Mapping[str, Any]) -> None:
    """Raises SinkError with everything that an index cannot have of the view's columns."""
    names = [column.name for column in schema.columns]
    faults = [*_bad_names(names), *_names_within_others(names)]
    if faults:
        raise options.error("; ".join(faults), "rename these columns in the view, with AS")
    limit, count = str(settings[FIELDS_LIMIT]), field_count(schema)
    if limit.isdecimal() and int(limit) < count:
        raise options.error(
            f"the view's columns are {count:,} fields, settings.{FIELDS_LIMIT} is {limit}",
            f"leave settings.{FIELDS_LIMIT} out, or raise it",
        )


def _bad_names(names: list[str]) -> Iterator[str]:
    for name in names:
        if name in METADATA | _OF_MODULES:
            yield f"column {name} has a name that Elasticsearch reserves"
        elif any(not part.strip() for part in name.split(".")):
            yield f'column "{name}" has an empty name, or one between dots'


def _names_within_others(names: list[str]) -> Iterator[str]:
    """A dot makes an object: `addr.city` is the field `city` of `addr`, which then is no column."""
    known = set(names)
    for name in names:
        for outer in objects_of(name):
            if outer in known:
                yield f"column {name} would be a field within column {outer}"
