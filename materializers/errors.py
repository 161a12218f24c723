"""Errors of the view engine and its sinks, grouped by what an operator does next.

RederiveError (cdc.errors)
├── BrokerError (cdc.errors)
│   ├── MissingTopic    capture has not created it (yet)
│   └── TopicMoved      it is not the topic that was read: capture refills it
├── ViewError       mend the view's SQL; carries the file, line and column where known
├── Misfit (ContractError, cdc.errors)  a value of a record does not fit its column
├── StateError      the state file is in use, damaged or does not fit the project
│   ├── OutboxTrimmed   a sink stayed away too long: it is filled again
│   ├── OtherBuild      the view has another build than the one asked for
│   └── TooOld          the topics may lack newer deletions: `on_gap` says what to do
├── SinkError       the sink refused or went away: retried, then it waits for an operator
│   ├── SinkLost        the target has lost what was delivered: it is put right from the state
│   └── NotOwner        another pipeline has the sink: this process stops
└── RebuildError    a rebuild was refused or given up; the live view is untouched
"""

from __future__ import annotations

from cdc.errors import BrokerError, ContractError, RederiveError


class ViewError(RederiveError):
    """A view cannot be planned or maintained. `excerpt`: the SQL line with the place underlined."""

    def __init__(self, message: str, *, fix: str = "", excerpt: str = "") -> None:
        super().__init__(message, fix=fix)
        self.excerpt = excerpt

    def __str__(self) -> str:
        return f"{super().__str__()}\n{self.excerpt}" if self.excerpt else super().__str__()


class Misfit(ContractError):
    """A record's value does not fit its column. `column`: "" where the whole record is unreadable.
    `is_null`: the record has NULL in a column declared NOT NULL; `is_nan`: NaN in one that is
    stored as decimals."""

    def __init__(
        self,
        message: str,
        *,
        table: str,
        column: str = "",
        is_null: bool = False,
        is_nan: bool = False,
        fix: str = "",
    ) -> None:
        super().__init__(message, fix=fix)
        self.table, self.column, self.is_null, self.is_nan = table, column, is_null, is_nan


class StateError(RederiveError):
    """The pipeline's state file cannot be used."""


class MissingTopic(BrokerError):
    """A topic that capture creates does not exist (yet)."""


class TopicMoved(BrokerError):
    """A topic is not the one that was read, or has lost offsets that it had."""


class OutboxTrimmed(StateError):
    """A sink stayed away too long and must be filled again."""


class OtherBuild(StateError):
    """The view has another build now, or none."""


class TooOld(StateError):
    """The topics may no longer hold all deletions after the last applied cut."""


class SinkError(RederiveError):
    """A sink refused a write or cannot be reached. `is_retryable`: it may pass."""

    def __init__(self, message: str, *, fix: str = "", is_retryable: bool = False) -> None:
        super().__init__(message, fix=fix)
        self.is_retryable = is_retryable


class SinkLost(SinkError):
    """A target no longer holds, or does not show, what was delivered to it."""


class NotOwner(SinkError):
    """The sink belongs to another pipeline, or to another start of this one."""


class RebuildError(RederiveError):
    """A rebuild was refused or given up."""
