"""The state in a table's topic at each cut, compared with those that the source had.

A reader of the topic may stop at any cut, whatever a pipeline has shown by then. So each cut is
checked; a fault found here is capture's, not the views'.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import orjson

from cdc.config import Kafka
from cdc.contract.cut import Cut
from cdc.contract.schemas import TableSchema
from cdc.contract.topics import cuts_topic, schemas_topic, table_topic
from tests.capture.running import Record, read_topic

Row = Mapping[str, Any]


def digests_at_cuts(
    kafka: Kafka, source: str, table: str, columns: Sequence[str]
) -> Iterator[tuple[Cut, str]]:
    """At each cut that knows the table and is not part of a copy, the digest of these columns of
    all rows: the one that PostgreSQL makes of the rows' texts in order."""
    name = f"public.{table}"
    topic, schemas = table_topic(source, name), schemas_topic(source)
    told = [record for record in read_topic(kafka, schemas) if record.key == name.encode()]
    records = read_topic(kafka, topic)
    state = _State(records)
    for record in read_topic(kafka, cuts_topic(source)):
        cut = Cut.from_json(orjson.dumps(record.value))
        ends = cut.offsets.get(schemas, ())
        known = [r.value for r in told if r.offset < ends[r.partition]]
        if cut.snapshot is not None or not known or known[-1] is None:
            continue
        emptied = TableSchema.from_json(orjson.dumps(known[-1])).emptied
        state.begin_at(emptied.offsets if emptied else (0,) * len(cut.offsets[topic]), records)
        state.apply_up_to(cut.offsets[topic])
        yield cut, _digest(state.rows.values(), columns)


class _State:
    """The rows by key, as of the records applied so far."""

    def __init__(self, records: Iterable[Record]) -> None:
        self._begins: tuple[int, ...] = ()
        self._left: defaultdict[int, deque[Record]] = defaultdict(deque)
        self.rows: dict[bytes, Row] = {}
        self._fill(records)

    def _fill(self, records: Iterable[Record]) -> None:
        self.rows.clear()
        self._left.clear()
        for record in records:
            self._left[record.partition].append(record)

    def begin_at(self, begins: tuple[int, ...], records: Sequence[Record]) -> None:
        """Drop what lies before these offsets."""
        if begins != self._begins:
            self._begins = begins
            self._fill(r for r in records if r.offset >= begins[r.partition])

    def apply_up_to(self, ends: Sequence[int]) -> None:
        for partition, left in self._left.items():
            while left and left[0].offset < ends[partition]:
                record = left.popleft()
                key = orjson.dumps(record.key)
                if record.value is None or record.value["after"] is None:
                    self.rows.pop(key, None)
                else:
                    self.rows[key] = record.value["after"]


def _digest(rows: Iterable[Row], columns: Sequence[str]) -> str:
    """Like `restless.digest_of`."""
    texts = sorted(f"({','.join(_text(row[column]) for column in columns)})" for row in rows)
    return hashlib.md5("|".join(texts).encode()).hexdigest() if texts else "empty"


def _text(value: Any) -> str:
    """A value within the text of a row."""
    if value is None:
        return ""
    text = str(value)
    if text and not set(text) & set(' ,()"\\'):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '""')
    return f'"{escaped}"'
