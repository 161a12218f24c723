"""Judges the facts: one function for each part, listed at the end.

What is expected to pass by itself is DEGRADED, anything else STOPPED. A problem is reported once,
by the part that causes it where that is known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from materializers.intake.continuity import gap_message
from materializers.project.references import tables_read
from rederive.status.facts import Facts, Presence, ProcessFacts, SlotFacts
from rederive.status.lag import lag_of
from rederive.status.record import Level, Problem

CUT_AGE_MAX_S = 15.0
"""A working capture writes a cut at least every five seconds, even of an idle source."""
SAFE_SHARE = 4
"""Warn when the log that may still be written is less than this part of the log kept."""

Judge = Callable[[Facts], Iterator[Problem]]


def judge_source(facts: Facts) -> Iterator[Problem]:
    source = facts.source
    if source.error:
        message = f"{source.error.rstrip('.')}. The lags shown are the cuts' age."
        yield Problem(Level.DEGRADED, "source", message, source.fix)
        return
    if not source.has_publication and facts.kafka.newest is not None:
        yield _without_publication(facts)
    if source.slot is not None:
        yield from _of_slot(facts, source.slot)
    elif facts.kafka.newest is not None and facts.kafka.newest.snapshot is None:
        message = f"Slot {facts.project.source.slot_name} is gone, and with it the log behind it."
        yield Problem(Level.STOPPED, "slot", message, "`rederive capture` says how to go on")


def _without_publication(facts: Facts) -> Problem:
    """Capture restores its own publication; without somebody else's it ends."""
    message = f"Publication {facts.project.source.publication_name} is gone"
    if facts.capture.presence is Presence.ANSWERS:
        message = f"{message}: capture creates its own again, and refills the tables."
        return Problem(Level.DEGRADED, "source", message)
    message = f"{message}: what is committed without it is missing in the log."
    fix = "let capture run: it creates its own again, and refills the tables"
    return Problem(Level.STOPPED, "source", message, fix)


def _of_slot(facts: Facts, slot: SlotFacts) -> Iterator[Problem]:
    if slot.lost_by:
        message = f"The source has given up slot {slot.name}: {slot.lost_by}."
        yield Problem(Level.STOPPED, "slot", message, "`rederive capture` says how to go on")
        return
    much = f"The source keeps {slot.retained_bytes / 2**20:,.0f} MB of log for slot {slot.name}"
    is_scarce = slot.safe_bytes is not None and slot.safe_bytes < slot.retained_bytes // SAFE_SHARE
    if slot.wal_status == "unreserved" or is_scarce:
        message = f"{much} and is about to give it up."
        fix = "see that capture goes on, or raise max_slot_wal_keep_size"
        yield Problem(Level.DEGRADED, "slot", message, fix)
    elif 0 < facts.project.source.wal_warn_bytes < slot.retained_bytes:
        message = f"{much}, more than wal_warn."
        yield Problem(Level.DEGRADED, "slot", message, "see that capture goes on")


def judge_kafka(facts: Facts) -> Iterator[Problem]:
    if facts.kafka.error:
        message = f"{facts.kafka.error.rstrip('.')}. Nothing moves until it answers."
        yield Problem(Level.DEGRADED, "kafka", message, facts.kafka.fix)
        return
    absence = facts.materialize.answer.get("kafka")
    if absence:
        yield Problem(Level.DEGRADED, "kafka", f"{str(absence).rstrip('.')}, says materialize.")


def judge_capture(facts: Facts) -> Iterator[Problem]:
    capture, newest = facts.capture, facts.kafka.newest
    age_s = cut_age_s(facts)
    is_fresh = age_s is not None and age_s <= CUT_AGE_MAX_S
    if capture.presence is Presence.ABSENT:
        if not (is_fresh and _is_read_by_another(facts)):
            yield from _absent("capture", capture, facts)
        return
    if capture.presence is Presence.SILENT:
        yield _silent("capture", capture)
        return
    trouble = capture.answer.get("trouble")
    if trouble:
        message = f"Capture waits: {trouble}"
        yield Problem(Level.DEGRADED, "capture", message, "none needed once that has passed")
    elif capture.answer.get("phase") == "waits":
        yield Problem(Level.DEGRADED, "capture", "Capture starts.")
    elif newest is None or (newest.snapshot is not None and not newest.snapshot.is_refill):
        if not facts.kafka.error:
            yield Problem(Level.DEGRADED, "capture", "Capture takes the first copy of the tables.")
    elif not is_fresh and not facts.kafka.error:
        message = f"Capture runs, and its newest cut is {age_s:,.0f} s old."
        yield Problem(Level.DEGRADED, "capture", message, "see its log")
    wanted = _tables_missed(facts)
    for table, reason in capture.answer.get("left_out", {}).items():
        if table in wanted:
            yield Problem.of(Level.DEGRADED, "capture", f"Not captured: {reason}")


def notes(facts: Facts) -> Iterator[str]:
    """What is no fault: a table that only a wildcard matches and that cannot be captured may belong
    to another program."""
    wanted = _tables_missed(facts)
    for table, reason in facts.capture.answer.get("left_out", {}).items():
        if table not in wanted:
            yield f"Not captured: {reason}"


def _tables_missed(facts: Facts) -> set[str]:
    """The tables that cannot be captured but are needed: named by the project, read by a view, or
    captured before."""
    answer = facts.capture.answer
    if not answer.get("left_out"):
        return set()
    read = {table for view in facts.project.views for table in tables_read(view)}
    return {*facts.project.source.tables, *answer.get("suspended", ()), *read}


def _is_read_by_another(facts: Facts) -> bool:
    """Whether a capture elsewhere seems to be running."""
    slot = facts.source.slot
    return bool(facts.source.error) or (slot is not None and slot.is_active)


def judge_materialize(facts: Facts) -> Iterator[Problem]:
    materialize = facts.materialize
    if materialize.presence is Presence.ABSENT:
        yield from _absent("materialize", materialize, facts)
    elif materialize.presence is Presence.SILENT:
        yield _silent("materialize", materialize)
    elif materialize.presence is Presence.STARTING or materialize.answer.get("phase") == "starting":
        doing = materialize.answer.get("doing")
        message = f"Materialize starts{f': {doing}' if doing else ''}."
        yield Problem(Level.DEGRADED, "materialize", message)
    elif materialize.answer.get("cut") is None:
        done, total = (materialize.answer.get(name, 0) for name in ("rows_read", "rows_to_read"))
        gap = materialize.answer.get("gap")
        what = f"{gap} Everything is rebuilt" if gap else "The first load is under way"
        message = f"{what}: {done:,} of about {total:,} rows are read."
        yield Problem(Level.DEGRADED, "materialize", message)
    if materialize.answer.get("gap"):
        message = f"{materialize.answer['gap']} Every view is being rebuilt."
        yield Problem(Level.DEGRADED, "materialize", message)
    for edit in materialize.answer.get("edits", ()):
        part = f"view {edit['view']}" if edit["view"] else "materialize"
        message = f"The edit was not applied: {edit['error']}"
        yield Problem(Level.DEGRADED, part, message, edit["fix"] or "")


def judge_age(facts: Facts) -> Iterator[Problem]:
    """Readers' data may be so old that the topics have lost later deletions. A materialize that
    answers reports that itself."""
    newest, is_asked = facts.kafka.newest, facts.materialize.presence is Presence.ANSWERS
    cuts = [sink.cut for sink in facts.sinks.values() if sink.cut is not None]
    if newest is None or not cuts or is_asked:
        return
    oldest = min(cuts, key=lambda cut: cut.version)
    age_s = facts.now_us / 1e6 - oldest.published_at_ms / 1000
    if oldest.version < newest.version and age_s > facts.kafka.retention_s:
        message = gap_message(str(oldest.lsn), age_s, facts.kafka.retention_s)
        if facts.project.pipeline.on_gap == "stop":
            yield Problem(Level.STOPPED, "state", message, 'set on_gap = "rebuild"')
        else:
            message = f"{message} Materialize rebuilds every view."
            yield Problem(Level.DEGRADED, "state", message)


def _absent(name: str, process: ProcessFacts, facts: Facts) -> Iterator[Problem]:
    message = f"No `rederive {name}` runs on {facts.project.folder.resolve()}"
    if process.error:
        message = f"{message}: {process.error}"
    yield Problem(Level.STOPPED, name, f"{message}.", f"start `rederive {name}`")


def _silent(name: str, process: ProcessFacts) -> Problem:
    title = name.capitalize()
    if process.is_suspended:
        message = f"{title} (process {process.pid}) is suspended by a signal."
        return Problem(Level.STOPPED, name, message, f"kill -CONT {process.pid}")
    why = f": {process.error.rstrip('.')}" if process.error else ""
    message = f"{title} (process {process.pid or 'unknown'}) does not answer{why}."
    return Problem(Level.STOPPED, name, message, "see its log; if that says nothing, restart it")


def cut_age_s(facts: Facts) -> float | None:
    """The newest cut's age in seconds, by this machine's clock; None without a cut."""
    newest = facts.kafka.newest
    return None if newest is None else max(0.0, facts.now_us / 1e6 - newest.published_at_ms / 1000)


JUDGES: tuple[Judge, ...] = (
    judge_source, judge_kafka, judge_capture, judge_materialize, judge_age,
)  # fmt: skip
"""A new kind of problem gets a judge of its own here."""


def is_behind(facts: Facts) -> bool:
    """Whether readers of some sink do not see everything the source had committed."""
    lags = (lag_of(each.cut, facts).seconds for each in facts.sinks.values() if not each.error)
    return any(lag is not None and lag > 0 for lag in lags)
