"""The Elasticsearch sink keeps the contract, and does what only it does."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing

import pytest
from elasticsearch import Elasticsearch

from materializers.sinks.sink import Sink
from materializers.view import ViewSchema
from tests.contracts.opened_sinks import OpenedSinks
from tests.contracts.sink_contract import OpenFor, ReadersContract
from tests.contracts.view_rows import Row


@pytest.fixture
def client(elasticsearch_url: str) -> Iterator[Elasticsearch]:
    with closing(Elasticsearch(elasticsearch_url)) as opened:
        yield opened


class TestElasticsearchSink(ReadersContract):
    @pytest.fixture
    def open_for(self, elasticsearch_url: str, index_prefix: str) -> Iterator[OpenFor]:
        with ExitStack() as stack:
            sinks = OpenedSinks(stack, "elasticsearch", {"hosts": [elasticsearch_url]})

            def opened(schema: ViewSchema) -> Sink:
                options = {"index": f"{index_prefix}-{schema.name}"}
                return sinks.open(schema, f"{schema.name}_index", options)

            yield opened

    @pytest.fixture
    def read_live(self, client: Elasticsearch, index_prefix: str) -> Callable[[], list[Row]]:
        def read() -> list[Row]:
            answer = client.search(index=f"{index_prefix}-orders", size=10_000)
            return [hit["_source"] for hit in answer.body["hits"]["hits"]]

        return read
