"""A view in an engine, and a real sink that a delivery updates; no Kafka, no capture."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from materializers.delivery.dead_letters.dead_letters import DeadLetters
from materializers.delivery.dead_letters.memory import MemoryLetters
from materializers.delivery.dead_letters.set_aside import Desk
from materializers.delivery.delivery import Delivery, Phase
from materializers.delivery.ownership import Ownership
from materializers.engines.duckdb.engine import DuckDBEngine
from materializers.sinks.connection import SinkConnection
from materializers.view import SinkDefinition, ViewDefinition
from tests.views.feed import Feed, table_schema

ITEMS = table_schema("public.items", [("id", "integer"), ("n", "integer")], ["id"])
ROWS = 30
TIMEOUT_S = 30.0
LOOK_INTERVAL_S = 0.2

Read = Callable[[], Mapping[int, int]]


class KeptSink:
    """The view `shown` of items. `read`: what readers of the sink see, id -> n, empty where they
    see nothing."""

    def __init__(
        self, folder: Path, connection: SinkConnection, options: Mapping[str, str], read: Read
    ) -> None:
        self.engine = DuckDBEngine.open(folder / "state.duckdb", threads=1)
        self.feed, self.read = Feed([ITEMS]), read
        view = ViewDefinition("shown", "SELECT id, n FROM items", Path("views/v.sql"), 1)
        self.engine.declare(view, self.feed.schemas, key=None, generation=1)
        self.put({number: 0 for number in range(ROWS)})
        self.definition = SinkDefinition(
            "shown_sink", "shown", connection.name, options, Path("views/v.sql"), 2
        )
        ownership = Ownership(self.engine.begin_run())
        self.delivery = Delivery(
            self.engine,
            self.definition,
            lambda schema: ownership.open(self.definition, connection, schema),
            Desk(DeadLetters(MemoryLetters()), self.definition, connection),
            look_interval_s=LOOK_INTERVAL_S,
        )
        self.delivery.start()
        self.until(self.is_right)

    def put(self, rows: Mapping[int, int]) -> None:
        """One batch in which these items change."""
        for number, n in rows.items():
            self.feed.put("public.items", {"id": number, "n": n})
        self.engine.apply(self.feed.batch())
        if hasattr(self, "delivery"):
            self.delivery.notify()

    def rows(self) -> dict[int, int]:
        """What the view holds in the state."""
        found = (row for batch in self.engine.rows("shown") for row in batch.to_pylist())
        return {row["id"]: row["n"] for row in found}

    def is_right(self) -> bool:
        """Readers see the view, and the delivery says that it follows."""
        its = self.delivery.status
        is_well = (its.phase, its.error) == (Phase.FOLLOWING, "")
        return is_well and dict(self.read()) == self.rows()

    def until(self, is_there: Callable[[], Any]) -> None:
        deadline = time.monotonic() + TIMEOUT_S
        while not is_there():
            assert time.monotonic() < deadline, (self.delivery.status, self.read())
            time.sleep(0.01)

    def close(self) -> None:
        self.delivery.stop()
        self.delivery.join(TIMEOUT_S)
        self.engine.close()


@contextmanager
def kept_sink(
    folder: Path, connection: SinkConnection, options: Mapping[str, str], read: Read
) -> Iterator[KeptSink]:
    """One at work, ended at the end."""
    kept = KeptSink(folder, connection, options, read)
    try:
        yield kept
    finally:
        kept.close()
