"""Errors, grouped by what an operator does next.

    RederiveError               every error this project raises on purpose
    ├── ConfigError             mend the project's files, then start again
    ├── PreflightError          mend the database or the broker, then start again
    ├── SourceError             the source refused or went away: retry, then look at it
    │   ├── PassingError        the same request is expected to succeed: retry at once
    │   └── WalFullError        the slot keeps more log than allowed: drop it
    ├── BrokerError             Kafka refused or went away: retry, then look at it
    │   └── TopicsChanged       the topics are not those written before: compared at the next start
    ├── FencedError             another process has taken over this role: stop
    └── ContractError           a topic holds what its contract forbids: stop and look

Each has one sentence that names the thing, and a fix where there is one. Logs show `logged`, which
never holds a value of a row.
"""

import re


def kind_of(message: str) -> str:
    """The message without numbers (ports, positions, times), which differ from try to try."""
    return re.sub(r"[\d.]+", "", message)


class RederiveError(Exception):
    """A failure that an operator can act on.

    `message`: one line naming what failed; `fix`: one line saying what to do, or "".
    `without_values`: the message for logs, set by the raiser where `message` holds values of rows.
    """

    without_values = ""

    def __init__(self, message: str, *, fix: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.fix = fix

    def __str__(self) -> str:
        return f"{self.message} Fix: {self.fix}" if self.fix else self.message

    @property
    def logged(self) -> str:
        """The message as logs show it."""
        return self.without_values or self.message

    @property
    def kind(self) -> str:
        """Equal for two errors about the same trouble."""
        return kind_of(self.logged)


class ConfigError(RederiveError):
    """The project's files are wrong; `problems` lists every fault."""

    def __init__(self, problems: "list[RederiveError]") -> None:
        self.problems = problems
        super().__init__("\n".join(str(problem) for problem in problems))


class PreflightError(RederiveError):
    """A database or broker setting makes a correct run impossible."""


class SourceError(RederiveError):
    """The source database refused a request or the connection broke."""


class PassingError(SourceError):
    """The same request is expected to succeed when tried again."""


class WalFullError(SourceError):
    """The source keeps more log for the slot than `wal_keep_max` allows."""


class BrokerError(RederiveError):
    """Kafka refused a request or cannot be reached."""


class TopicsChanged(BrokerError):
    """Topics are gone, were recreated, or have other partitions; `changes`: topic -> change."""

    def __init__(self, changes: "dict[str, str]") -> None:
        self.changes = changes
        text = "; ".join(f"topic {topic} {change}" for topic, change in sorted(changes.items()))
        super().__init__(
            f"{text[:1].upper()}{text[1:]}.",
            fix="start capture again, which says what to do",
        )


class FencedError(RederiveError):
    """A newer process has taken over; this one must stop and write nothing more."""


class ContractError(RederiveError):
    """A record does not follow the topics' contract."""
