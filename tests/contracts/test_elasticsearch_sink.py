"""The Elasticsearch sink keeps the contract, and its own promises."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from elastic_transport import Urllib3HttpNode
from elasticsearch import Elasticsearch

from materializers.errors import NotOwner, SinkError
from materializers.sinks.elasticsearch.cuts import CONTROL_INDEX
from materializers.sinks.elasticsearch.errors import of_status
from materializers.sinks.sink import Sink
from materializers.step import Step
from materializers.view import ViewSchema
from materializers.writer import Writer
from tests.contracts.opened_sinks import FIRST, SECOND, THIRD, OpenedSinks
from tests.contracts.owners_contract import OpenFor
from tests.contracts.sink_contract import ReadersContract
from tests.contracts.view_rows import Row, batch, scanned, step, view


@pytest.fixture
def client(elasticsearch_url: str) -> Iterator[Elasticsearch]:
    with closing(Elasticsearch(elasticsearch_url)) as opened:
        yield opened


class TestElasticsearchSink(ReadersContract):
    rows_under_way = 60_000

    @pytest.fixture
    def open_for(self, elasticsearch_url: str, index_prefix: str) -> Iterator[OpenFor]:
        with ExitStack() as stack:
            sinks = OpenedSinks(stack, "elasticsearch", {"hosts": [elasticsearch_url]})

            def opened(schema: ViewSchema, by: Writer | None = FIRST) -> Sink:
                options = {"index": f"{index_prefix}-{schema.name}"}
                return sinks.open(schema, f"{schema.name}_index", options, by)

            yield opened

    @pytest.fixture
    def read_live(self, client: Elasticsearch, index_prefix: str) -> Callable[[], list[Row]]:
        def read() -> list[Row]:
            answer = client.search(index=f"{index_prefix}-orders", size=10_000)
            return [hit["_source"] for hit in answer.body["hits"]["hits"]]

        return read


DOCUMENTS = view(
    "documents", ["id"], id="bigint", name="text", price="numeric", at="date", lines="jsonb",
    origin="jsonb",
)  # fmt: skip


def document(number: int, lines: str = "[]", origin: str = "{}", name: str = "x") -> Row:
    return {"id": number, "name": name, "lines": lines, "origin": origin, "price": Decimal("0.1")}


Open = Callable[..., Sink]


@pytest.fixture
def open_documents(elasticsearch_url: str, index_prefix: str) -> Iterator[Open]:
    """Opens the sink of DOCUMENTS; keywords are further options."""
    with ExitStack() as stack:
        sinks = OpenedSinks(stack, "elasticsearch", {"hosts": [elasticsearch_url]})

        def opened(
            name: str = "documents_index", by: Writer | None = FIRST, **options: str
        ) -> Sink:
            return sinks.open(DOCUMENTS, name, {"index": index_prefix} | options, by)

        yield opened


def test_what_users_expect_to_search(
    open_documents: Open, client: Elasticsearch, index_prefix: str
) -> None:
    sink = open_documents()
    sink.create(1)
    rows = [
        document(
            1, '[{"sku": "a", "qty": 1}, {"sku": "b", "qty": 5}]', '{"faa": "EWR"}', "Big Hat"
        ),
        document(2, "[]", '{"faa": "JFK"}', "small hat " + "x" * 40_000),
    ]
    sink.write(1, step(DOCUMENTS, 1, rows))
    sink.switch(1)

    def found(**query: Any) -> list[str]:
        answer = client.search(index=index_prefix, query=query, sort=["id"])
        return [hit["_id"] for hit in answer.body["hits"]["hits"]]

    assert found(match={"name": "hat"}) == ["1", "2"]
    assert found(term={"name.keyword": "Big Hat"}) == ["1"]
    assert found(match={"origin.faa": "jfk"}) == ["2"]
    assert found(range={"price": {"gte": 0.1, "lt": 0.2}}) == ["1", "2"]
    assert found(nested={"path": "lines", "query": {"match": {"lines.sku": "a"}}}) == ["1"]
    both = {"must": [{"match": {"lines.sku": "a"}}, {"match": {"lines.qty": 5}}]}
    assert found(nested={"path": "lines", "query": {"bool": both}}) == []


def test_arrays_of_objects_become_nested_whenever_they_come(
    open_documents: Open, client: Elasticsearch, index_prefix: str
) -> None:
    sink = open_documents(nested="origin")
    sink.create(1)
    sink.write(1, step(DOCUMENTS, 1, [document(1, "[]", "[]")]))
    sink.write(1, step(DOCUMENTS, 2, [document(2, ' [ {"sku": "a"}]', '{"a": 1}')]))
    mapping = client.indices.get_mapping(index=f"{index_prefix}-g000001").body
    properties = mapping[f"{index_prefix}-g000001"]["mappings"]["properties"]
    assert properties["lines"]["type"] == properties["origin"]["type"] == "nested"


def test_a_document_that_does_not_fit_is_named(open_documents: Open) -> None:
    sink = open_documents()
    sink.create(1)
    sink.write(1, step(DOCUMENTS, 1, [document(1, origin='{"a": 1}')]))
    before = sink.generations()[1]
    with pytest.raises(SinkError, match=r"document '7' of .*-g000001: .*origin\.a.*Fix: ") as wrong:
        sink.write(1, step(DOCUMENTS, 2, [document(6), document(7, origin='{"a": {"b": 2}}')]))
    assert not wrong.value.is_retryable
    assert sink.generations()[1] == before


def test_options_reach_the_index(
    open_documents: Open, client: Elasticsearch, index_prefix: str
) -> None:
    options = {"settings.index.mapping.total_fields.limit": "2000", "settings.codec": "default"}
    sink = open_documents(shards="2", replicas="0", **options)
    sink.create(12)
    index = f"{index_prefix}-g000012"
    found = client.indices.get_settings(index=index, flat_settings=True).body[index]["settings"]
    assert found["index.number_of_shards"] == "2"
    assert found["index.number_of_replicas"] == "0"
    assert found["index.mapping.total_fields.limit"] == "2000"
    assert found["index.refresh_interval"] == "-1"


def test_indices_of_others_are_not_touched(
    open_documents: Open, client: Elasticsearch, index_prefix: str
) -> None:
    client.indices.create(index=f"{index_prefix}-g000001")
    client.indices.create(index=f"{index_prefix}-gold")
    with pytest.raises(SinkError, match=r"-g000001 exists and is not of sink documents_index"):
        open_documents().create(1)
    client.indices.delete(index=f"{index_prefix}-g000001")
    client.indices.create(index=index_prefix)
    with pytest.raises(SinkError, match="exists and is not of sink documents_index"):
        open_documents().create(1)
    client.indices.delete(index=index_prefix)
    open_documents().create(1)
    with pytest.raises(SinkError, match="is not of sink second_index"):
        open_documents("second_index")
    assert client.indices.exists(index=f"{index_prefix}-gold")


def test_a_full_disk_waits_for_an_operator(
    open_documents: Open, client: Elasticsearch, index_prefix: str
) -> None:
    """The block is the one that Elasticsearch sets at its flood-stage watermark."""
    sink = open_documents()
    sink.create(1)
    block = "index.blocks.read_only_allow_delete"
    client.indices.put_settings(index=f"{index_prefix}-g000001", settings={block: True})
    with pytest.raises(SinkError, match="disk is full") as full:
        sink.write(1, step(DOCUMENTS, 1, [document(1)]))
    assert full.value.is_retryable and full.value.fix
    client.indices.put_settings(index=f"{index_prefix}-g000001", settings={block: None})
    sink.write(1, step(DOCUMENTS, 1, [document(1)]))
    assert len(scanned(sink, 1)) == 1


def test_a_write_block_is_named_and_waits(
    open_documents: Open, client: Elasticsearch, index_prefix: str
) -> None:
    sink = open_documents()
    sink.create(1)
    index, block = f"{index_prefix}-g000001", "index.blocks.write"
    client.indices.put_settings(index=index, settings={block: True})
    with pytest.raises(SinkError, match=r"has a write block.*remove it") as blocked:
        sink.write(1, step(DOCUMENTS, 1, [document(1)]))
    assert blocked.value.is_retryable
    client.indices.put_settings(index=index, settings={block: None})
    sink.write(1, step(DOCUMENTS, 1, [document(1)]))
    assert len(scanned(sink, 1)) == 1


def test_a_lost_record_of_the_owner_is_made_again(
    open_documents: Open, client: Elasticsearch, index_prefix: str
) -> None:
    """The record is removed, or set to an older state, as by a restored snapshot."""
    sink, heir = open_documents(), open_documents(by=SECOND)
    sink.create(1)
    old = client.get(index=CONTROL_INDEX, id=f"{index_prefix}:owner")["_source"]
    heir.claim(SECOND.run, heir.owner())
    client.delete(index=CONTROL_INDEX, id=f"{index_prefix}:owner")
    sink.claim(FIRST.run, sink.owner())
    sink.write(1, step(DOCUMENTS, 1, [document(1)]))
    client.index(index=CONTROL_INDEX, id=f"{index_prefix}:owner", document=old)
    heir.claim(SECOND.run, heir.owner())
    heir.write(1, step(DOCUMENTS, 2, [document(2)]))
    heir.create(2)
    assert len(scanned(heir, 1)) == 2


def test_a_step_takes_three_requests(
    open_documents: Open, caplog: pytest.LogCaptureFixture, index_prefix: str
) -> None:
    sink = open_documents()
    sink.create(1)
    sink.write(1, step(DOCUMENTS, 1, [document(1)]))
    caplog.set_level(logging.INFO, "elastic_transport.transport")
    caplog.clear()
    sink.write(1, step(DOCUMENTS, 2, [document(2)], [{"id": 1}]))
    asked = [record.getMessage().split("?")[0].split(" [")[0] for record in caplog.records]
    paths = sorted(each.rsplit("/", 1)[1] for each in asked)
    assert paths == ["_bulk", "_refresh", f"{index_prefix}-g000001"]


def test_an_index_that_was_removed_is_said_to_be_missing(
    open_documents: Open, client: Elasticsearch, index_prefix: str
) -> None:
    sink = open_documents()
    sink.create(1)
    sink.write(1, step(DOCUMENTS, 1, [document(1)]))
    client.indices.delete(index=f"{index_prefix}-g000001")
    for words in ("missing|no such index", "does not exist"):
        with pytest.raises(SinkError, match=words) as missing:
            sink.write(1, step(DOCUMENTS, 2, [document(2)]))
        assert missing.value.is_retryable
    assert not client.indices.exists(index=f"{index_prefix}-g000001")


def test_two_writers_of_one_generation_are_noticed(open_documents: Open) -> None:
    """The second one moves the cut while the first one writes its documents."""
    sink, other = open_documents(), open_documents()
    sink.create(1)

    def upserts() -> Iterator[pa.RecordBatch]:
        other.write(1, step(DOCUMENTS, 9, [document(1, name="newer")]))
        yield batch(DOCUMENTS, [document(1, name="older"), document(2)])

    with pytest.raises(SinkError, match="was moved by somebody else"):
        sink.write(1, Step(5, "{}", upserts(), []))
    assert sink.generations()[1].version == 9
    assert {row["id"]: row["name"] for row in sink.scan(1)}[1] == "newer"


def test_no_document_of_who_was_replaced_arrives(
    open_documents: Open, client: Elasticsearch, index_prefix: str
) -> None:
    """Not even one that readers would not see, after the claim and in the same step."""
    zombie, heir = open_documents(), open_documents(by=SECOND)
    zombie.create(1)
    index = f"{index_prefix}-g000001"

    def has_come() -> bool:
        client.indices.refresh(index=index)
        return bool(client.count(index=index)["count"])

    def upserts() -> Iterator[pa.RecordBatch]:
        for first in (0, 6000):
            rows = [document(number, name="x" * 1000) for number in range(first, first + 6000)]
            yield batch(DOCUMENTS, rows)
            if not first:
                while not has_come():
                    time.sleep(0.05)
                heir.claim(SECOND.run, heir.owner())

    with pytest.raises(NotOwner):
        zombie.write(1, Step(5, "{}", upserts(), []))
    client.indices.refresh(index=index)
    assert client.count(index=index, query={"range": {"id": {"gte": 6000}}})["count"] == 0


@pytest.mark.parametrize("request_", ["GET /rederive-cuts,", "POST /_aliases", "PUT /{index}-g"])
def test_a_claim_that_comes_late_takes_nothing_from_the_next(
    open_documents: Open, elasticsearch_url: str, index_prefix: str, request_: str
) -> None:
    """The second's claim hangs at a request, and continues after the third has claimed the sink."""
    open_documents().create(1)
    third = open_documents(by=THIRD)
    late = Late(request_.format(index=index_prefix), lambda: third.claim(THIRD.run, third.owner()))
    with ExitStack() as stack:
        settings = {"hosts": [elasticsearch_url], "node_class": late.node_class()}
        sinks = OpenedSinks(stack, "elasticsearch", settings)
        second = sinks.open(DOCUMENTS, "documents_index", {"index": index_prefix}, SECOND)
        with pytest.raises(NotOwner, match=r"pipeline third .*has taken it over"):
            second.claim(SECOND.run, second.owner())
        assert late.has_come
        with pytest.raises(NotOwner):
            second.write(1, step(DOCUMENTS, 6, [document(6)]))
    third.write(1, step(DOCUMENTS, 5, [document(5)]))
    third.create(2)
    third.switch(2)
    third.drop(1)
    assert [*third.generations()] == [2]


@dataclass
class Late:
    """Calls `before` ahead of the first request whose method and path begin so."""

    beginning: str
    before: Callable[[], None]
    has_come: bool = False

    def node_class(self) -> type[Urllib3HttpNode]:
        late = self

        class Node(Urllib3HttpNode):
            def perform_request(self, method: str, target: str, *args: Any, **named: Any) -> Any:
                if not late.has_come and f"{method} {target}".startswith(late.beginning):
                    late.has_come = True
                    late.before()
                return super().perform_request(method, target, *args, **named)

        return Node


def test_dates_that_elasticsearch_lacks_stay_in_the_document(
    elasticsearch_url: str, index_prefix: str
) -> None:
    moments = view("moments", ["id"], id="integer", at="date", x="numeric")
    with ExitStack() as stack:
        sinks = OpenedSinks(stack, "elasticsearch", {"hosts": [elasticsearch_url]})
        sink = sinks.open(moments, "moments_index", {"index": index_prefix})
        sink.create(1)
        rows = {"id": [1], "at": ["0044-03-15 BC"], "x": ["NaN"]}
        sink.write(1, Step(1, "{}", [pa.RecordBatch.from_pydict(rows)], []))
        assert scanned(sink, 1) == [{"id": 1, "at": "0044-03-15 BC", "x": "NaN"}]


@pytest.mark.parametrize(
    ("status", "reason", "words"),
    [
        (401, "unable to authenticate user [x]", "Fix: correct api_key or basic_auth"),
        (403, "action [indices:admin/create] is unauthorized", "Fix: grant the role"),
    ],
)
def test_what_a_secured_cluster_refuses(status: int, reason: str, words: str) -> None:
    error = of_status("search", status, reason)
    assert words in str(error) and reason in str(error)
    assert not error.is_retryable


def test_a_busy_server_is_asked_again(open_documents: Open, client: Elasticsearch) -> None:
    """A tiny limit for requests in flight makes the node answer 429 until it is raised."""
    sink = open_documents()
    sink.create(1)
    limit = "network.breaker.inflight_requests.limit"
    client.cluster.put_settings(persistent={limit: "2kb"})
    relief = threading.Timer(0.5, lambda: client.cluster.put_settings(persistent={limit: None}))
    relief.start()
    try:
        sink.write(1, step(DOCUMENTS, 1, [document(number) for number in range(500)]))
    finally:
        relief.join()
    assert len(scanned(sink, 1)) == 500


def test_a_key_within_the_views_key(elasticsearch_url: str, index_prefix: str) -> None:
    """Another part of the view's key changes: one step deletes and writes the same document."""
    grouped = view("grouped", ["id", "status"], id="bigint", status="text")
    with ExitStack() as stack:
        sinks = OpenedSinks(stack, "elasticsearch", {"hosts": [elasticsearch_url]})
        sink = sinks.open(grouped, "grouped_index", {"index": index_prefix, "key": "id"})
        sink.create(1)
        old = [{"id": number, "status": "new"} for number in range(2000)]
        new = [{"id": number, "status": "paid"} for number in range(2000)]
        sink.write(1, step(grouped, 1, old))
        sink.write(1, step(grouped, 2, new, old))
        assert {row["status"] for row in sink.scan(1)} == {"paid"}
        assert len(scanned(sink, 1)) == 2000
