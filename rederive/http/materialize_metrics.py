"""Materialize's metrics: views, sinks, and the state."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

Entry = Mapping[str, Any]

_SINK_LABELS = ("view", "sink", "connection")
_SINK_GAUGES = (
    ("lag_seconds", "lag_s", "How old what readers see is against what the source has committed."),
    ("lag_bytes", "lag_bytes", "Log between what readers see and the source's end."),
    ("up", "answers", "1 where the sink answers, else 0."),
    ("dead_letters", "dead_letters", "Rows that the sink refused and that are set aside."),
)
_SINK_COUNTERS = (
    ("failures", "failures", "Tries to write that failed, and were tried again."),
    ("cuts", "cuts_delivered", "Cuts written to the sink."),
    ("loads", "loads", "Generations filled."),
)
_VIEW_GAUGES = (
    ("rows", "rows", "Rows of the view."),
    ("outbox_changes", "outbox_changes", "Changes that some sink has yet to receive."),
)


def materialize_metrics(status: Mapping[str, Any]) -> Iterator[Metric]:
    """Metrics from a status in JSON."""
    counts = status["materialize"].get("counts", {})
    text = "Records applied to the state."
    yield CounterMetricFamily("rederive_materialize_records", text, value=counts.get("records", 0))
    text = "Batches applied, each one transaction of the state."
    yield CounterMetricFamily("rederive_materialize_batches", text, value=counts.get("batches", 0))
    state = status.get("state_bytes")
    if state is not None:
        yield GaugeMetricFamily("rederive_state_bytes", "The state file and its log.", value=state)
    views = {each["view"]: each for each in status["views"]}.values()
    yield from _view_metrics(list(views))
    yield from _sink_metrics(status["views"])


def _view_metrics(views: Sequence[Entry]) -> Iterator[Metric]:
    for name, key, text in _VIEW_GAUGES:
        gauge = GaugeMetricFamily(f"rederive_view_{name}", text, labels=["view"])
        for each in views:
            if each.get(key) is not None:
                gauge.add_metric([each["view"]], each[key])
        yield gauge
    text = "1 where an error has stopped the view, else 0."
    stopped = GaugeMetricFamily("rederive_view_stopped", text, labels=["view"])
    text = "Rows of the view inserted or deleted."
    changes = CounterMetricFamily("rederive_view_changes", text, labels=["view"])
    for each in views:
        stopped.add_metric([each["view"]], int(each["phase"] == "stopped"))
        changes.add_metric([each["view"]], each.get("changes", 0))
    yield stopped
    yield changes


def _sink_metrics(sinks: Sequence[Entry]) -> Iterator[Metric]:
    for name, key, text in _SINK_GAUGES:
        gauge = GaugeMetricFamily(f"rederive_sink_{name}", text, labels=_SINK_LABELS)
        for each in sinks:
            if each.get(key) is not None:
                gauge.add_metric(_labels(each), float(each[key]))
        yield gauge
    text = "1 while the sink follows its view, else 0."
    follows = GaugeMetricFamily("rederive_sink_following", text, labels=_SINK_LABELS)
    for each in sinks:
        follows.add_metric(_labels(each), int(each["phase"] == "following"))
    yield follows
    for name, key, text in _SINK_COUNTERS:
        counter = CounterMetricFamily(f"rederive_sink_{name}", text, labels=_SINK_LABELS)
        for each in sinks:
            counter.add_metric(_labels(each), each.get(key, 0))
        yield counter


def _labels(entry: Entry) -> list[str]:
    return [str(entry[name]) for name in _SINK_LABELS]
