"""One view in Elasticsearch.

Generation 3 of alias `flights` is the index `flights-g000003`. A step writes documents (each with
the cut's version as `external_gte`, on disk when the request returns). Then one refresh makes all
of them searchable at once, and only then the cut is stored in the control index `rederive-cuts`: a
refresh by a later writer would show what a crash has left of the next step. A crash in between
leaves the step unseen, or its cut not stored; repeating the step repairs both. With one shard a
refresh is atomic; with several it takes a few milliseconds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from itertools import chain
from typing import Any

import pyarrow as pa
from elasticsearch import Elasticsearch, NotFoundError
from elasticsearch.serializer import JsonSerializer

from materializers.errors import SinkError
from materializers.sinks.connection import SinkConnection
from materializers.sinks.document import Expressions
from materializers.sinks.elasticsearch.bulk import BODY_BYTES_MAX, Bulk
from materializers.sinks.elasticsearch.cuts import Cuts, Reached
from materializers.sinks.elasticsearch.errors import translated
from materializers.sinks.elasticsearch.fit import refuse_unfit
from materializers.sinks.elasticsearch.identifier import id_sql
from materializers.sinks.elasticsearch.mapping import mappings, owner_of, settings
from materializers.sinks.elasticsearch.nested import NestedColumns
from materializers.sinks.elasticsearch.ownership import Ownership
from materializers.sinks.elasticsearch.request import Part, Refused
from materializers.sinks.options import Options
from materializers.sinks.owner import Owner
from materializers.sinks.plain import parse_json, plain_document
from materializers.sinks.renderer import ARGUMENT, Renderer
from materializers.sinks.sink import Generation
from materializers.step import Step
from materializers.view import SinkDefinition, ViewSchema
from materializers.writer import Writer

REQUEST_TIMEOUT_S = 60
SCAN_ROWS = 5000
_OPTIONS = ("index", "key", "nested", "shards", "replicas")


class _ExactJson(JsonSerializer):
    """Reads decimals exactly: a document's numeric must come back as it was written."""

    def json_loads(self, data: bytes) -> Any:
        return parse_json(data)

    def default(self, data: Any) -> Any:
        return str(data) if isinstance(data, Decimal) else super().default(data)


class ElasticsearchSink:
    """One view behind one alias. Options: index, key, nested, shards, replicas and `settings.*`.
    Every document carries its version, so a replay is harmless."""

    def __init__(
        self,
        definition: SinkDefinition,
        connection: SinkConnection,
        schema: ViewSchema,
        writer: Writer | None = None,
    ) -> None:
        options = Options(definition, _OPTIONS, prefix="settings.")
        self._schema = schema
        self._owner = definition.name
        self._name = connection.name
        self._alias = options.text("index", schema.name)
        self._key = options.key(schema)
        self._nested = options.names("nested")
        self._settings = settings(
            schema,
            options.number("shards", 1),
            options.number("replicas", -1),
            options.prefixed("settings."),
        )
        refuse_unfit(options, schema, self._settings)
        with translated(self._name):
            self._client = _client(connection)
        self._cuts = Cuts(self._client, self._name)
        self._reached: dict[str, Reached] = {}
        self._ownership = Ownership(self._client, self._alias, self._owner, writer, self._cuts)
        self._bulk = Bulk(self._client, self._name, self._ownership.name_of)
        self._renderer = Renderer(schema)
        self._nested_columns = NestedColumns(self._client, schema, self._ownership.name_of)

    def owner(self) -> Owner | None:
        with translated(self._name):
            return self._ownership.read()

    def claim(self, tenure: str, over: Owner | None) -> None:
        with translated(self._name):
            self._ownership.claim(tenure, over, [*self._indices()[0]])

    def sign(self, *, has_ended: bool = False) -> None:
        with translated(self._name):
            self._ownership.sign(has_ended)

    @contextmanager
    def _owned(self) -> Iterator[None]:
        """After an error, raises NotOwner instead if another run has claimed the sink."""
        try:
            with translated(self._name):
                yield
        except SinkError as error:
            with translated(self._name):
                self._ownership.require()
            raise error

    def generations(self) -> Mapping[int, Generation]:
        with translated(self._name):
            indices, others = self._indices()
            cuts = self._cuts.read([*indices])
        return {
            number: Generation(
                number, cuts[index].version, cuts[index].cut, is_live=is_live and not others
            )
            for index, (number, is_live) in sorted(indices.items())
        }

    def _indices(self) -> tuple[dict[str, tuple[int, bool]], list[str]]:
        """Our indices, name -> (generation's number, whether the alias points to it), and indices
        of others that the alias points to."""
        pattern = re.compile(re.escape(self._alias) + r"-g(\d{6,})")
        answer = self._client.indices.get(
            index=f"{self._alias}-g*,{self._alias}",
            ignore_unavailable=True,
            filter_path="*.aliases,*.mappings._meta",
        )
        mine, others = {}, []
        for index, body in answer.body.items():
            match, is_live = pattern.fullmatch(index), self._alias in body.get("aliases", {})
            if match and owner_of(body.get("mappings", {})) == self._owner:
                mine[index] = (int(match[1]), is_live)
            elif is_live:
                others.append(index)
        return mine, others

    def create(self, number: int) -> None:
        index = self._index(number)
        self._reached.pop(index, None)
        with self._owned():
            self._refuse_foreign(index)
            self._remove_unless_live(number)
            self._client.indices.create(
                index=index,
                aliases=self._ownership.new_aliases(index),
                settings=self._settings,
                mappings=mappings(self._schema, self._nested, self._owner),
            )
        self._nested_columns.forget()

    def _refuse_foreign(self, index: str) -> None:
        for name in (index, self._alias):
            try:
                answer = self._client.indices.get_mapping(index=name)
            except NotFoundError:
                continue
            for present, body in answer.body.items():
                if owner_of(body["mappings"]) != self._owner:
                    raise SinkError(
                        f"sink {self._name}: index {present} exists and is not "
                        f"of sink {self._owner}.",
                        fix=f"remove it, or give {self._owner} another index = '…'.",
                    )

    def _remove_unless_live(self, number: int) -> None:
        index = self._index(number)
        indices, _ = self._indices()
        if indices.get(index, (number, False))[1]:
            raise SinkError(f"sink {self._name}: generation {number} of {self._alias} is live.")
        self._reached.pop(index, None)
        cut = self._cuts.read([index])[index]
        removal = [{"remove_index": {"index": index}}] if index in indices else []
        self._ownership.change(removal)
        self._cuts.forget(index, cut)

    def write(self, number: int, step: Step) -> None:
        index = self._index(number)
        with self._owned():
            reached = self._reached.pop(index, None) or self._look(index)
            if step.version >= reached.version:
                count = self._send(index, step)
                step.refusals.settle()
                reached = self._show(index, step, reached, is_changed=count > 0)
            self._reached[index] = reached

    def _look(self, index: str) -> Reached:
        """What the index has reached, asked once. Afterwards only this writer changes it: a process
        that claims the sink removes the alias this writer writes to."""
        through = self._ownership.name_of(index)
        reached = self._cuts.reached(index, through)
        if reached is None:
            self._require(index)
            self._ownership.restore(index)
            reached = self._cuts.reached(index, through) or Reached()
        return reached

    def _show(self, index: str, step: Step, before: Reached, *, is_changed: bool) -> Reached:
        """Let readers see the step, then store its cut."""
        if is_changed:
            self._client.indices.refresh(index=self._ownership.name_of(index))
        if before.sequence < 0:
            self._cuts.ensure()
        return self._cuts.save(index, step.version, step.cut, before)

    def _send(self, index: str, step: Step) -> int:
        """Returns the number of requests. Sends deletes first where a document may be in both."""
        deletes, upserts = self._deletes(step), self._upserts(index, step)
        refused: list[Refused] = []

        def refuse(each: Refused) -> None:
            step.refusals.add(each.operation.row, each.error)
            refused.append(each)

        if set(self._key) == set(self._schema.key):
            count = self._bulk.send(index, chain(deletes, upserts), refuse)
        else:
            count = self._bulk.send(index, deletes, refuse)
            count += self._bulk.send(index, upserts, refuse)
        self._bulk.remove(index, refused)
        return count

    def _require(self, index: str) -> None:
        if not self._client.indices.exists(index=index):
            raise self._missing(index)

    def _missing(self, index: str) -> SinkError:
        return SinkError(f"sink {self._name}: index {index} does not exist.", is_retryable=True)

    def _deletes(self, step: Step) -> Iterator[Part]:
        for batch in step.deletes:
            head = self._head("delete", self._renderer.expressions(batch))
            yield from self._parts(batch, f"concat({head}, chr(10))", step.version, False)

    def _upserts(self, index: str, step: Step) -> Iterator[Part]:
        for batch in step.upserts:
            with translated(self._name):
                self._nested_columns.decide(index, batch, self._renderer)
            expressions = self._renderer.expressions(batch)
            head = self._head("index", expressions)
            line = f"concat({head}, chr(10), {expressions.document()}, chr(10))"
            yield from self._parts(batch, line, step.version, True)

    def _head(self, action: str, expressions: Expressions) -> str:
        key = f"CAST(to_json({id_sql(expressions.identifier(self._key))}) AS VARCHAR)"
        version = f"""',"version":', {ARGUMENT}, ',"version_type":"external_gte"}}}}'"""
        return f"""'{{"{action}":{{"_id":', {key}, {version}"""

    def _parts(
        self, batch: pa.RecordBatch, line: str, version: int, is_upsert: bool
    ) -> Iterator[Part]:
        start = 0
        for lines in self._renderer.lines(batch, line, str(version)):
            for count, data in lines.slices(BODY_BYTES_MAX):
                yield Part(data, batch.slice(start, count), is_upsert)
                start += count

    def switch(self, number: int) -> None:
        with self._owned():
            self._require(self._index(number))
            indices, others = self._indices()
            shown = [index for index, (_, is_live) in indices.items() if is_live]
            remove = [
                {"remove": {"index": index, "alias": self._alias}}
                for index in [*shown, *others]
                if index != self._index(number)
            ]
            add = {"add": {"index": self._index(number), "alias": self._alias}}
            self._ownership.change([*remove, add])

    def rehearse(self, number: int) -> None:
        with translated(self._name):
            self._ownership.require()
            self._require(self._index(number))

    def drop(self, number: int) -> None:
        with self._owned():
            self._ownership.require()
            if self._index(number) in self._indices()[0]:
                self._remove_unless_live(number)

    def holds_rows(self, number: int) -> bool:
        with translated(self._name):
            answer = self._client.count(index=self._index(number), terminate_after=1)
        return bool(answer.body["count"])

    def scan(self, number: int) -> Iterable[Mapping[str, Any]]:
        index = self._index(number)
        with translated(self._name):
            self._require(index)
            pit = self._client.open_point_in_time(index=index, keep_alive="5m").body["id"]
            try:
                yield from self._pages(pit)
            finally:
                self._client.close_point_in_time(id=pit)

    def _pages(self, pit: str) -> Iterator[Mapping[str, Any]]:
        after: dict[str, Any] = {}
        while True:
            answer = self._client.search(
                size=SCAN_ROWS,
                pit={"id": pit, "keep_alive": "5m"},
                sort=["_shard_doc"],
                track_total_hits=False,
                **after,
            )
            hits = answer.body["hits"]["hits"]
            if not hits:
                return
            yield from (plain_document(self._schema, hit["_source"]) for hit in hits)
            after = {"search_after": hits[-1]["sort"]}

    def close(self) -> None:
        self._bulk.close()
        self._renderer.close()
        self._client.close()

    def _index(self, number: int) -> str:
        return f"{self._alias}-g{number:06}"


def _client(connection: SinkConnection) -> Elasticsearch:
    defaults = {"request_timeout": REQUEST_TIMEOUT_S, "retry_on_timeout": True}
    arguments = defaults | {name: _plain(value) for name, value in connection.settings.items()}
    return Elasticsearch(**arguments, serializers={"application/json": _ExactJson()})


def _plain(value: Any) -> Any:
    """A setting without our Secret type; TOML's arrays serve as the client's pairs
    (`basic_auth`)."""
    if isinstance(value, list):
        return [_plain(element) for element in value]
    return str(value) if isinstance(value, str) else value
