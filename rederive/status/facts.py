"""The facts about each part of a pipeline, before they are judged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from cdc.contract.cut import Cut
from cdc.position import Lsn
from materializers.project.project import Project
from materializers.sinks.owner import Owner


@dataclass(frozen=True, slots=True)
class SlotFacts:
    """Capture's replication slot as the source sees it. `retained_bytes`: log retained for it.
    `safe_bytes`: how much more may be written before the server invalidates it, None for no limit.
    `lost_by`: why the log it needs is gone, or ""."""

    name: str
    is_active: bool
    wal_status: str
    retained_bytes: int
    safe_bytes: int | None
    lost_by: str


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """`error`: why the source does not answer, or ""; with an error the rest is empty. `lsn`: the
    position after all commits at `now_us` of its clock, microseconds since 1970."""

    error: str = ""
    fix: str = ""
    lsn: Lsn = field(default_factory=Lsn)
    now_us: int = 0
    slot: SlotFacts | None = None
    has_publication: bool = False


@dataclass(frozen=True, slots=True)
class KafkaFacts:
    """`error`: why Kafka does not answer, or "". `newest`: the newest cut, None where there is none
    or Kafka did not answer. `retention_s`: how long its topics keep deletions."""

    error: str = ""
    fix: str = ""
    newest: Cut | None = None
    retention_s: float = float("inf")


class Presence(Enum):
    """Whether a process of this project runs."""

    ANSWERS = "answers"
    SILENT = "does not answer"
    STARTING = "starting"
    ABSENT = "not running"


@dataclass(frozen=True, slots=True)
class ProcessFacts:
    """`pid`: 0 where unknown. `is_suspended`: stopped by a signal until it is continued. `answer`:
    its own status, empty without one; `error`: why there is none."""

    presence: Presence
    pid: int = 0
    is_suspended: bool = False
    answer: Mapping[str, Any] = field(default_factory=dict)
    error: str = ""


@dataclass(frozen=True, slots=True)
class SinkFacts:
    """What a sink says of the live generation. `generation`: -1, and no cut, where there is none.
    `owner`: of its control record. `error`: why it does not answer, or ""."""

    error: str = ""
    fix: str = ""
    generation: int = -1
    version: int = -1
    cut: Cut | None = None
    owner: Owner | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """All facts, as of `now_us` of this machine's clock. `sinks`: by name. `storage`: what takes
    space in the state, {} where nobody asked or it was not measured in time."""

    project: Project
    now_us: int
    source: SourceFacts
    kafka: KafkaFacts
    capture: ProcessFacts
    materialize: ProcessFacts
    sinks: Mapping[str, SinkFacts]
    storage: Mapping[str, Any] = field(default_factory=dict)
