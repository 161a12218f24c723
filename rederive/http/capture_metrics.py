"""Capture's metrics: the source, the slot, Kafka, and capture's progress."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

_COUNTS = {
    "rows": "Rows read by copies of tables.",
    "changes": "Changes of the log inside committed cuts.",
    "cuts": "Cuts committed.",
    "failures": "Runs that ended by a failure, and were begun again.",
}


def capture_metrics(status: Mapping[str, Any]) -> Iterator[Metric]:
    """Metrics from a status in JSON."""
    capture = status["capture"]
    for name, text in _COUNTS.items():
        value = capture.get("counts", {}).get(name, 0)
        yield CounterMetricFamily(f"rederive_capture_{name}", text, value=value)
    follows = capture.get("phase") == "stream"
    yield _gauge("capture_following", "1 while capture follows the log, else 0.", int(follows))
    for name, text in (
        ("lag_s", "How old the newest cut is against what the source has committed."),
        ("lag_bytes", "Log between the newest cut and the source's end."),
        ("cut_age_s", "Seconds since capture wrote the newest cut."),
    ):
        yield _gauge(f"capture_{name.replace('_s', '_seconds')}", text, capture.get(name))
    answers = "1 where {} answers, else 0."
    yield _gauge("source_up", answers.format("the source"), int(not status["source"]["error"]))
    yield _gauge("kafka_up", answers.format("Kafka"), int(not status["kafka"]["error"]))
    yield from _slot_metrics(status["source"]["slot"] or {})


def _slot_metrics(slot: Mapping[str, Any]) -> Iterator[Metric]:
    """The slot's metrics; without values where there is no slot."""
    for name, key, text in (
        ("retained_bytes", "retained_bytes", "Log that the source keeps for capture's slot."),
        ("safe_bytes", "safe_bytes", "Log that may yet be written before the slot is given up."),
        ("active", "is_active", "1 while somebody reads the slot, else 0."),
    ):
        gauge = GaugeMetricFamily(f"rederive_slot_{name}", text, labels=["slot"])
        if slot.get(key) is not None:
            gauge.add_metric([slot["name"]], float(slot[key]))
        yield gauge
    text = "1 for the slot's wal_status."
    wal_status = GaugeMetricFamily("rederive_slot_wal_status", text, labels=["slot", "status"])
    if slot:
        wal_status.add_metric([slot["name"], slot["wal_status"]], 1)
    yield wal_status


def _gauge(name: str, text: str, value: float | None) -> Metric:
    """A gauge; without a value where that is None."""
    return GaugeMetricFamily(f"rederive_{name}", text, value=value)
