"""Prepares the source's topics before anything is written.

Compares them with the checkpoint: a topic that is gone, was recreated or has other partitions no
longer holds what the newest cut says. Then capture stops or publishes the table again, as
`on_changed` says. Creates missing topics.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from cdc.broker import Identity, Topics, changes_of, narrow_topics
from cdc.checkpoint import Checkpoint, read_checkpoint, read_cut
from cdc.config import Kafka, Source
from cdc.contract.cut import Cut
from cdc.contract.topics import cuts_topic, schemas_topic, table_topic
from cdc.errors import PassingError, PreflightError, TopicsChanged
from cdc.lost_records import topics_with_lost_records

FRESH_S = 10.0
"""A newest cut this young was written by a running capture."""
_logger = logging.getLogger("rederive.capture")


@dataclass(frozen=True, slots=True)
class Ready:
    """`topics`: all topics of the source. `checkpoint`: its cut lacks changed topics. `refill`: the
    tables of those, to be published again before the next cut."""

    topics: dict[str, Identity]
    checkpoint: Checkpoint
    refill: tuple[str, ...]


def check_server(kafka: Kafka, source: Source, topics: Topics, server: str) -> None:
    """Refuses topics that are captured from another database server, before it is fenced.

    Under `on_lost` = "refill" that server may be gone: refuses only while its cuts are fresh, with
    PassingError. Else raises PreflightError; BrokerError."""
    name = cuts_topic(source.name)
    cut = read_cut(kafka, source.name) if topics.identities([name]) else None
    if cut is None or cut.history.server in ("", server):
        return
    age_s = time.time() - cut.published_at_ms / 1000
    if source.on_lost == "refill" and age_s > FRESH_S:
        return
    kind = PassingError if source.on_lost == "refill" else PreflightError
    raise kind(
        f"The topics of source {source.name} are captured from another database server "
        f"({cut.history.server}; this one is {server}), {age_s:.0f} s ago.",
        fix="give this source another name; where the other server is gone for good: "
        "`rederive capture --resnapshot --take-over`",
    )


def ready_topics(
    kafka: Kafka, source: str, topics: Topics, tables: Mapping[str, int], *, resnapshot: bool
) -> Ready:
    """Compare and create the topics of these tables, given with their sizes in bytes. With
    `resnapshot` their records do not count. Raises PreflightError where they changed and
    `on_changed` is "stop"; BrokerError."""
    names = {table_topic(source, table): table for table in tables}
    wanted = {name: kafka.topics.partitions_of(tables[table]) for name, table in names.items()}
    wanted |= {cuts_topic(source): 1, schemas_topic(source): 1}
    present = topics.identities(wanted)
    checkpoint = read_checkpoint(kafka, source, present)
    changes: dict[str, str] = {}
    if not resnapshot:
        changes = changed_topics(topics, source, checkpoint, present)
        _decide(kafka, changes)
        changes |= _lost_records(kafka, checkpoint.cut, changes)
    # Without the schemas the other topics cannot be read.
    is_whole = resnapshot or schemas_topic(source) in changes
    cut = _without(checkpoint.cut, None if is_whole else changes)
    missing = {name: count for name, count in wanted.items() if name not in present}
    topics.create(missing)
    present |= topics.identities(missing, missing)
    # Also of recorded tables that cannot be captured now: they may be again soon.
    recorded = {table_topic(source, table) for table in checkpoint.schemas}
    present |= topics.identities(recorded - present.keys())
    _widen(kafka, topics, present)
    refill = [table for name, table in names.items() if is_whole or name in changes]
    return Ready(present, Checkpoint(cut, checkpoint.schemas), () if resnapshot else tuple(refill))


def changed_topics(
    topics: Topics, source: str, checkpoint: Checkpoint, present: Mapping[str, Identity]
) -> dict[str, str]:
    """Topics that are not as the checkpoint has them: topic -> the change. `present`: those that
    exist. Raises BrokerError."""
    cut = checkpoint.cut
    if cut is None:
        return _lost_cuts(topics, source, present)
    known = {schemas_topic(source): Identity(cut.schemas_id, 1)}
    for table, schema in checkpoint.schemas.items():
        topic = table_topic(source, table)
        if topic in cut.offsets:
            known[topic] = Identity(schema.topic_id, len(cut.offsets[topic]))
    if missing := known.keys() - present.keys():
        present = {**present, **topics.identities(missing, missing)}
    changes = changes_of(known, present, known)
    same = known.keys() - changes.keys()
    places = [(topic, part) for topic in same for part in range(known[topic].partitions)]
    ends = topics.ends(places)
    for topic, part in places:
        if ends[topic, part] < (*cut.offsets.get(topic, ()), 0)[part]:
            changes[topic] = "ends before the newest cut"
    return changes


def _lost_cuts(topics: Topics, source: str, present: Mapping[str, Identity]) -> dict[str, str]:
    """The cuts topic, if the tables' topics hold records without any cut: cuts are never removed,
    so it was lost."""
    bookkeeping = (cuts_topic(source), schemas_topic(source))
    places = [
        (topic, part)
        for topic, identity in present.items()
        if topic not in bookkeeping
        for part in range(identity.partitions)
    ]
    if not any(topics.ends(places).values()):
        return {}
    what = "holds no cut" if cuts_topic(source) in present else "is gone"
    return {cuts_topic(source): f"{what}, though the tables' topics hold records"}


def _decide(kafka: Kafka, changes: Mapping[str, str]) -> None:
    if not changes:
        return
    message = TopicsChanged(dict(changes)).message
    if kafka.topics.on_changed == "stop":
        raise PreflightError(
            message,
            fix='refill its table: on_changed = "refill" under [kafka.topics] in '
            "rederive.toml, or `rederive capture --resnapshot` for all tables",
        )
    _logger.warning("%s What it held is refilled.", message)


def _lost_records(kafka: Kafka, cut: Cut | None, changes: Collection[str]) -> dict[str, str]:
    """Topics whose records of the newest cut were lost in the broker: nobody changed them, so they
    are refilled whatever `on_changed` says."""
    ends = {t: e for t, e in cut.offsets.items() if t not in changes} if cut is not None else {}
    lost = dict.fromkeys(topics_with_lost_records(kafka, ends), "lacks records of the newest cut")
    if lost:
        _logger.warning(
            "%s The broker has lost them; the table is published again.",
            TopicsChanged(lost).message,
        )
    return lost


def _without(cut: Cut | None, topics: Collection[str] | None) -> Cut | None:
    """The cut without these topics; without any where `topics` is None."""
    if cut is None:
        return None
    left = {} if topics is None else {t: e for t, e in cut.offsets.items() if t not in topics}
    return replace(cut, offsets=left)


def _widen(kafka: Kafka, topics: Topics, present: Collection[str]) -> None:
    """Raise the record limit of topics that were made under a lower one."""
    narrow = narrow_topics(topics, list(present), kafka)
    if narrow:
        wanted = kafka.topics.max_message_bytes
        _logger.info("max.message.bytes of %d topics is raised to %d.", len(narrow), wanted)
        topics.set(narrow, "max.message.bytes", str(wanted))
