"""The reference implementation keeps its own contract."""

from collections.abc import Iterator

import pytest

from materializers.sinks.memory import MemorySink, MemoryTarget
from materializers.sinks.sink import Sink
from materializers.view import ViewSchema
from materializers.writer import Writer
from tests.contracts.opened_sinks import FIRST
from tests.contracts.owners_contract import OpenFor
from tests.contracts.sink_contract import SinkContract


class TestMemorySink(SinkContract):
    @pytest.fixture
    def open_for(self) -> Iterator[OpenFor]:
        targets: dict[str, MemoryTarget] = {}

        def open_memory(schema: ViewSchema, by: Writer | None = FIRST) -> Sink:
            sink = MemorySink(
                schema, writer=by, target=targets.setdefault(schema.name, MemoryTarget())
            )
            if by is not None and sink.owner() is None:
                sink.claim(by.run, None)
            return sink

        yield open_memory
