"""Reads `rederive.toml`; the only module that reads project files and the environment.

A file becomes a `Section`. It returns each key with the requested type, and collects every fault
(wrong type, missing or unknown key) instead of stopping at the first. `${NAME}` in a value is
replaced from the environment, else from the addresses of running local servers in
`.rederive/stack/stack.env`. `$${` stands for a literal `${`.
"""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cdc.config import ON_LOST, ON_WAL_FULL, WAL_WARN_BYTES, Kafka, Secret, Source
from cdc.contract.topics import (
    DELETE_RETENTION_MS,
    MAX_MESSAGE_BYTES,
    MESSAGE_BYTES_LIMIT,
    MIN_COMPACTION_LAG_MS,
    TopicSettings,
)
from cdc.credentials import secrets_in
from cdc.errors import ConfigError, RederiveError
from cdc.scrubber import learn

FILE_NAME = "rederive.toml"
STACK_ENVIRONMENT = Path(".rederive") / "stack" / "stack.env"
SOURCE_TYPES = ("postgresql",)
MESSAGE_BYTES_MIN = 100_000
_SIZE = re.compile(r"(\d+)\s*(B|kB|MB|GB|TB)?", re.IGNORECASE)
_UNIT_BYTES = {"B": 1, "KB": 2**10, "MB": 2**20, "GB": 2**30, "TB": 2**40}
_REFERENCE = re.compile(r"\$\$\{|\$\{([^}]*)\}")


@dataclass(slots=True)
class Problems:
    """The faults of one file so far."""

    file: Path
    faults: list[RederiveError] = field(default_factory=list)

    def add(self, key: str, message: str, fix: str) -> None:
        """Add a fault of one key."""
        self.faults.append(RederiveError(f"{self.file}: {key}: {message}", fix=fix))

    def raise_any(self) -> None:
        """Raise ConfigError if there is a fault."""
        if self.faults:
            raise ConfigError(self.faults)


class Section:
    """One table of the file. `finish` reports the keys that were not requested."""

    def __init__(self, path: str, values: Mapping[str, Any], problems: Problems) -> None:
        self._path = path
        self._values = dict(values)
        self._known: list[str] = []
        self.problems = problems

    def key(self, name: str) -> str:
        """The full dotted name of a key, for messages."""
        return f"{self._path}.{name}" if self._path else name

    def text(self, name: str, default: str | None = None) -> str:
        """A string; required without a default."""
        value = self._take(name, default)
        if value is None and default is None:
            return ""
        return str(value) if self._is(name, value, str, "text in quotes") else ""

    def secret(self, name: str, default: str | None = None) -> Secret:
        """A string that may hold a password."""
        return Secret(self.text(name, default))

    def one_of(self, name: str, allowed: Collection[str], default: str | None = None) -> str:
        """One of the allowed strings."""
        value = self.text(name, default)
        if value and value not in allowed:
            guess = _nearest(value, allowed)
            fix = f"write {guess!r}." if guess else f"use one of {', '.join(allowed)}."
            self.problems.add(self.key(name), f"{value!r} is not known.", fix)
        return value

    def flag(self, name: str, default: bool) -> bool:
        """A value that is true or false."""
        value = self._take(name, default)
        return bool(value) if self._is(name, value, bool, "true or false") else default

    def integer(self, name: str, default: int, minimum: int = 1, maximum: int | None = None) -> int:
        """An integer from `minimum` to `maximum`."""
        value = self._take(name, default)
        if not self._is(name, value, int, "a whole number"):
            return default
        if maximum is not None and value > maximum:
            self.problems.add(self.key(name), f"{value} is too large.", f"use {maximum} or less.")
        return int(value) if self._at_least(name, value, minimum) else default

    def seconds(self, name: str, default: float) -> float:
        """A duration in seconds, more than zero."""
        value = self._take(name, default)
        if not self._is(name, value, (int, float), "a number of seconds"):
            return default
        if value <= 0:
            self.problems.add(self.key(name), f"{value} is too small.", "use more than 0.")
        return float(value)

    def size_bytes(self, name: str, default: int) -> int:
        """A size as PostgreSQL writes it, such as "10 GB", in bytes; 0 for none."""
        value = str(self._take(name, default))
        match = _SIZE.fullmatch(value.strip())
        if match is None:
            self.problems.add(self.key(name), f"{value!r} is no size.", 'write it as "10 GB".')
            return default
        return int(match[1]) * _UNIT_BYTES[(match[2] or "B").upper()]

    def texts(self, name: str, default: tuple[str, ...] | None = None) -> tuple[str, ...]:
        """A list of strings; required, and not empty, without a default."""
        value = self._take(name, None if default is None else list(default))
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            self.problems.add(self.key(name), "is no list of texts.", f'write {name} = ["…", "…"].')
            return ()
        if not value:
            self.problems.add(self.key(name), "is empty.", "name at least one.")
        return tuple(value)

    def all_texts(self) -> dict[str, tuple[str, ...]]:
        """Every key of this table, each a non-empty list of strings."""
        return {name: self.texts(name) for name in list(self._values)}

    def table(self, name: str) -> Section:
        """A table inside this one; empty where the file has none."""
        value = self._take(name, {})
        if not self._is(name, value, dict, "a table"):
            value = {}
        return Section(self.key(name), value, self.problems)

    def tables(self, name: str) -> Iterator[tuple[str, Section]]:
        """The named tables inside a table: `[sink.search]`, `[sink.cache]`, …"""
        section = self.table(name)
        for inner in list(section._values):
            yield inner, section.table(inner)

    def asked_for(self) -> tuple[str, ...]:
        """The keys requested so far, present or not."""
        return tuple(self._known)

    def rest(self) -> dict[str, Any]:
        """All keys not yet requested: strings as secrets, nested tables as dotted keys."""
        rest = {name: value for name, value in self._values.items() if name not in self._known}
        self._known.extend(rest)
        return dict(_flat("", rest))

    def finish(self) -> None:
        """Report every key that was not requested."""
        for name in self._values:
            if name in self._known:
                continue
            guess = _nearest(name, self._known)
            fix = f"write {guess!r}." if guess else f"remove it (known: {', '.join(self._known)})."
            self.problems.add(self.key(name), "is not a known key.", fix)

    def _take(self, name: str, default: object) -> Any:
        self._known.append(name)
        if name in self._values:
            return self._values[name]
        if default is None:
            self.problems.add(self.key(name), "is missing.", f"add {name} = … to it.")
        return default

    def _is(self, name: str, value: object, kind: Any, words: str) -> bool:
        fits = isinstance(value, kind) and not (isinstance(value, bool) and kind is not bool)
        if not fits:
            self.problems.add(self.key(name), f"is not {words}.", f"write {words}.")
        return fits

    def _at_least(self, name: str, value: int, minimum: int) -> bool:
        if value < minimum:
            self.problems.add(self.key(name), f"{value} is too small.", f"use {minimum} or more.")
        return value >= minimum


def read_file(folder: Path) -> Section:
    """Read `rederive.toml` of a project folder and replace every `${NAME}`. Its secrets are removed
    from all text that leaves the process from now on.

    Raises ConfigError where it is missing or not TOML; other faults are collected.
    """
    path = folder / FILE_NAME
    problems = Problems(path)
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        fix = "run in a project's folder, or name one with --project DIR."
        raise ConfigError([RederiveError(f"{path} does not exist.", fix=fix)]) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise ConfigError(
            [RederiveError(f"{path} cannot be read: {error}.", fix="correct the place it names.")]
        ) from error
    values = _filled("", raw, _environment(folder), problems)
    for secret in secrets_in("", values):
        learn(secret)
    return Section("", values, problems)


def is_in_environment(name: str) -> bool:
    """Whether the process's environment has this name, regardless of local servers."""
    return name in os.environ


def read_sources(root: Section) -> tuple[Source, ...]:
    """The `[source.NAME]` tables."""
    sources = []
    for name, section in root.tables("source"):
        if not re.fullmatch(r"[A-Za-z0-9_-]+", name):
            fix = "use letters, digits, _ and - only: it is the prefix of topic names."
            section.problems.add(f"source.{name}", "is no fit name.", fix)
        sources.append(
            Source(
                name=name,
                type=section.one_of("type", SOURCE_TYPES, "postgresql"),
                dsn=section.secret("dsn"),
                tables=section.texts("tables"),
                slot=section.text("slot", ""),
                publication=section.text("publication", ""),
                snapshot_connections=section.integer("snapshot_connections", 2),
                heartbeat_interval_s=section.seconds("heartbeat_interval_s", 0.5),
                commit_interval_ms=section.integer("commit_interval_ms", 20),
                transaction_rows_max=section.integer("transaction_rows_max", 20_000),
                on_lost=section.one_of("on_lost", ON_LOST, "stop"),
                slot_timeout_s=section.seconds("slot_timeout_s", 600.0),
                silence_max_s=section.seconds("silence_max_s", 60.0),
                wal_warn_bytes=section.size_bytes("wal_warn", WAL_WARN_BYTES),
                wal_keep_max_bytes=section.size_bytes("wal_keep_max", 0),
                on_wal_full=section.one_of("on_wal_full", ON_WAL_FULL, "warn"),
                ddl=section.one_of("ddl", ("poll", "events"), "poll"),
                keys=section.table("keys").all_texts(),
            )
        )
        if sources[-1].on_wal_full == "drop-slot" and not sources[-1].wal_keep_max_bytes:
            fix = 'add wal_keep_max = "50 GB", or what the disk can spare.'
            section.problems.add(section.key("on_wal_full"), "has no limit to go by.", fix)
        section.finish()
    if not sources:
        fix = "add a table [source.NAME] with dsn and tables."
        root.problems.add("source", "there is no source.", fix)
    return tuple(sources)


def read_kafka(root: Section) -> Kafka:
    """The `[kafka]` table: librdkafka's settings; `[kafka.topics]`: those of topics we create."""
    section = root.table("kafka")
    topics = _topics(section.table("topics"))
    settings = {name: Secret(_kafka_text(value)) for name, value in section.rest().items()}
    if not settings.get("bootstrap.servers"):
        fix = 'add "bootstrap.servers" = "host:port".'
        root.problems.add('kafka."bootstrap.servers"', "is missing.", fix)
    return Kafka(settings, topics)


def _topics(section: Section) -> TopicSettings:
    partitions = section.integer("partitions", 0, minimum=0)
    replication_factor = section.integer("replication_factor", -1, minimum=-1)
    lag_ms = section.integer("min_compaction_lag_ms", MIN_COMPACTION_LAG_MS, minimum=0)
    retention_ms = section.integer("delete_retention_ms", DELETE_RETENTION_MS, minimum=0)
    message_bytes = section.integer(
        "max_message_bytes", MAX_MESSAGE_BYTES, MESSAGE_BYTES_MIN, MESSAGE_BYTES_LIMIT
    )
    on_changed = section.one_of("on_changed", ("stop", "refill"), "stop")
    known, further = section.asked_for(), {}
    for name, value in section.rest().items():
        if name == "max.message.bytes":
            fix = "write max_message_bytes, which sets up producer and consumers too."
            section.problems.add(section.key(name), "is set by Rederive.", fix)
        elif "." in name:
            further[name] = _kafka_text(value)
        else:
            guess = _nearest(name, known)
            fix = f"write {guess!r}." if guess else 'use Kafka\'s own name, such as "segment.ms".'
            section.problems.add(section.key(name), "is not a known key.", fix)
    return TopicSettings(
        partitions, replication_factor, lag_ms, retention_ms, further, message_bytes, on_changed
    )


def _kafka_text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _flat(prefix: str, values: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Nested tables as dotted keys: `a.b = 1` and `"a.b" = 1` mean the same."""
    for name, value in values.items():
        if isinstance(value, dict):
            yield from _flat(f"{prefix}{name}.", value)
        else:
            yield f"{prefix}{name}", _as_secret(value)


def _as_secret(value: Any) -> Any:
    if isinstance(value, str):
        return Secret(value)
    return [_as_secret(item) for item in value] if isinstance(value, list) else value


def _nearest(word: str, known: Collection[str]) -> str:
    return next(iter(difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)), "")


def _environment(folder: Path) -> dict[str, str]:
    """The addresses of running local servers, overridden by the process's environment."""
    path = folder / STACK_ENVIRONMENT
    lines = path.read_text().splitlines() if path.exists() else []
    pairs = (line.partition("=") for line in lines if not line.startswith("#"))
    return {name.strip(): value.strip() for name, mark, value in pairs if mark} | dict(os.environ)


def _filled(key: str, value: Any, environment: Mapping[str, str], problems: Problems) -> Any:
    if isinstance(value, dict):
        return {
            name: _filled(f"{key}.{name}" if key else name, inner, environment, problems)
            for name, inner in value.items()
        }
    if isinstance(value, list):
        return [_filled(key, item, environment, problems) for item in value]
    return _fill(key, value, environment, problems) if isinstance(value, str) else value


def _fill(key: str, text: str, environment: Mapping[str, str], problems: Problems) -> str:
    def replaced(match: re.Match[str]) -> str:
        name = match[1]
        if name is None:
            return "${"
        if name not in environment:
            is_ours = name.startswith("REDERIVE_")
            fix = "start the local servers with `rederive up`, or " if is_ours else ""
            problems.add(key, f"${{{name}}} is not set.", f"{fix}export {name}=….")
        return environment.get(name, "${" + name + "}")

    return _REFERENCE.sub(replaced, text)
