"""Errors, grouped by what an operator does next.

    RederiveError               every error this project raises on purpose
    ├── ConfigError             mend the project's files, then start again
    ├── PreflightError          mend the database or the broker, then start again
    ├── SourceError             the source refused or went away: retry, then look at it
    │   ├── PassingError        the same try is expected to succeed: retry at once
    │   └── WalFullError        the slot holds more log than allowed: let go of it
    ├── BrokerError             Kafka refused or went away: retry, then look at it
    │   └── TopicsChanged       topics are not those written to before: compared at the next start
    ├── FencedError             another process has taken over this role: stop
    └── ContractError           a topic holds what its contract forbids: stop and look

Each carries one sentence that names the thing, and the fix where there is one. Logs show `logged`,
which never holds a value of a row.
"""

import re


def kind_of(message: str) -> str:
    """The message without ports, positions and times, which may differ from one try to the next."""
    return re.sub(r"[\d.]+", "", message)


class RederiveError(Exception):
    """A failure that an operator can act on.

    `message` is one line naming what failed; `fix` is one line saying what to do, or empty.
    `without_values`: the message as logs may show it, where the message itself holds values of
    rows; set by whoever raises it.
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
        """What two messages share that tell of the same trouble."""
        return kind_of(self.logged)


class ConfigError(RederiveError):
    """The project's files are wrong; `problems` lists every fault found, not only the first."""

    def __init__(self, problems: "list[RederiveError]") -> None:
        self.problems = problems
        super().__init__("\n".join(str(problem) for problem in problems))


class PreflightError(RederiveError):
    """A database or broker setting makes a correct run impossible."""


class SourceError(RederiveError):
    """The source database refused a request or the connection broke."""


class PassingError(SourceError):
    """What failed is expected to succeed when it is tried again."""


class WalFullError(SourceError):
    """The source keeps more log for the slot than `wal_keep_max` allows."""


class BrokerError(RederiveError):
    """Kafka refused a request or cannot be reached."""


class TopicsChanged(BrokerError):
    """Topics are gone, were made anew, or have other partitions; `changes`: topic -> which."""

    def __init__(self, changes: "dict[str, str]") -> None:
        self.changes = changes
        told = "; ".join(f"topic {topic} {change}" for topic, change in sorted(changes.items()))
        super().__init__(
            f"{told[:1].upper()}{told[1:]}.",
            fix="start capture again, which says what to do",
        )


class FencedError(RederiveError):
    """A newer process holds the same role; this one must stop and change nothing more."""


class ContractError(RederiveError):
    """A record does not follow the topics' contract."""
