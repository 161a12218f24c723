"""Metrics of one process for Prometheus, made from the status at each scrape.

Each process exports its own half: capture the source, slot and topics; materialize the views, sinks
and state. Both export what concerns both (level and problems of the status, log counts).
docs/operations.md lists names and meanings.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from cdc import __version__
from rederive.http.capture_metrics import capture_metrics
from rederive.http.latest import Gathered
from rederive.http.log_counts import LogCounts
from rederive.http.materialize_metrics import materialize_metrics

Of = Callable[[Mapping[str, Any]], Iterable[Metric]]
OF_PROCESS: dict[str, Of] = {"capture": capture_metrics, "materialize": materialize_metrics}


class Metrics:
    """`latest` returns the status; `silent_s`: seconds since the loop made progress."""

    def __init__(
        self,
        process: str,
        latest: Callable[[], Gathered | None],
        silent_s: Callable[[], float],
        log_counts: LogCounts,
    ) -> None:
        self._registry = CollectorRegistry()
        self._registry.register(_OfStatus(process, latest, silent_s, log_counts))
        ProcessCollector(registry=self._registry)

    def text(self) -> bytes:
        """The metrics in Prometheus' text format."""
        return bytes(generate_latest(self._registry))


class _OfStatus(Collector):
    def __init__(
        self,
        process: str,
        latest: Callable[[], Gathered | None],
        silent_s: Callable[[], float],
        log_counts: LogCounts,
    ) -> None:
        self._process, self._latest = process, latest
        self._silent_s, self._log_counts = silent_s, log_counts

    def describe(self) -> Iterator[Metric]:
        """Nothing: otherwise registering would gather a status."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        yield self._build()
        silent = "Seconds since the loop of the process moved."
        yield GaugeMetricFamily("rederive_loop_silent_seconds", silent, value=self._silent_s())
        logged = CounterMetricFamily("rederive_log_records", "Log records.", labels=["level"])
        for level, count in self._log_counts.by_level.items():
            logged.add_metric([level], count)
        yield logged
        latest = self._latest()
        if latest is not None:
            yield from _of_all(latest)
            yield from OF_PROCESS[self._process](latest.status.as_json())

    def _build(self) -> Metric:
        labels = ["version", "process"]
        built = GaugeMetricFamily("rederive_build_info", "Always 1.", labels=labels)
        built.add_metric([__version__, self._process], 1)
        return built


def _of_all(latest: Gathered) -> Iterator[Metric]:
    status = latest.status
    age = "Seconds since the status that these metrics tell of was gathered."
    yield GaugeMetricFamily("rederive_status_age_seconds", age, value=latest.age_s)
    level = "What is wrong at the worst: 0 nothing, 1 degraded, 2 stopped."
    yield GaugeMetricFamily("rederive_status_level", level, value=int(status.level))
    text = "One for each part that something is wrong with."
    problems = GaugeMetricFamily("rederive_problem", text, labels=["part", "level"])
    for part, name in sorted({(each.part, each.level.name.lower()) for each in status.problems}):
        problems.add_metric([part, name], 1)
    yield problems
