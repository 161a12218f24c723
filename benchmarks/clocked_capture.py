"""A capture that notes what each request of a commit takes. Started by `commit_to_consumable.py`.

It runs the `cdc` found on its path, so two checkouts can be measured in turn. On SIGTERM it ends
and prints, as JSON, the milliseconds of each request since SIGUSR1 and the CPU seconds spent.
"""

from __future__ import annotations

import json
import signal
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import confluent_kafka
from confluent_kafka import admin

import cdc.broker
from cdc.capture import Capture
from cdc.config import Kafka, Secret, Source

NAMES = {"list_offsets": "ListOffsets", "describe_topics": "DescribeTopics"}
took_ms: defaultdict[str, list[float]] = defaultdict(list)


def clocked(name: str, call: Callable[..., Any]) -> Callable[..., Any]:
    """The call, noting its time; for a call that returns futures, the time until they are done."""

    def wrapped(*arguments: Any, **options: Any) -> Any:
        began = time.perf_counter()

        def note(_: Any = None) -> None:
            took_ms[name].append(1000 * (time.perf_counter() - began))

        answer = call(*arguments, **options)
        if isinstance(answer, dict):
            for future in list(answer.values())[-1:]:
                future.add_done_callback(note)
        else:
            note()
        return answer

    return wrapped


class ClockedProducer(confluent_kafka.Producer):
    """A producer whose flush and commit are clocked."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        for name in ("flush", "commit_transaction"):
            setattr(self, name, clocked(name, getattr(super(), name)))


class ClockedAdmin(admin.AdminClient):
    """An admin client whose two requests of a commit are clocked."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        for method, name in NAMES.items():
            setattr(self, method, clocked(name, getattr(super(), method)))


def main() -> None:
    """Capture `public.pulse`: DSN, broker, the source's name."""
    dsn, bootstrap, name = sys.argv[1:4]
    broker: Any = cdc.broker
    broker.Producer, broker.AdminClient = ClockedProducer, ClockedAdmin
    stop, cpu_began_s = threading.Event(), 0.0

    def begin(*_: Any) -> None:
        nonlocal cpu_began_s
        took_ms.clear()
        cpu_began_s = time.process_time()

    signal.signal(signal.SIGUSR1, begin)
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    kafka = Kafka({"bootstrap.servers": Secret(bootstrap)})
    Capture(Source(name, Secret(dsn), ("public.pulse",)), kafka).run(stop)
    print(json.dumps({"took_ms": took_ms, "cpu_s": time.process_time() - cpu_began_s}))
