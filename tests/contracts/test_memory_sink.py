"""The reference keeps its own contract."""

from collections.abc import Iterator

import pytest

from materializers.sinks.memory import MemorySink
from materializers.sinks.sink import Sink
from materializers.view import ViewSchema
from tests.contracts.sink_contract import OpenFor, SinkContract


class TestMemorySink(SinkContract):
    @pytest.fixture
    def open_for(self) -> Iterator[OpenFor]:
        opened: dict[str, Sink] = {}

        def open_memory(schema: ViewSchema) -> Sink:
            return opened.setdefault(schema.name, MemorySink(schema))

        yield open_memory
