"""Errors of the view engine and its sinks, grouped by what an operator does next.

RederiveError (cdc.errors)
├── BrokerError (cdc.errors)
│   ├── MissingTopic    capture has not made it (yet)
│   └── TopicMoved      it is not the topic that was read: capture publishes it anew
├── ViewError       mend the view's SQL; carries the file, line and column where known
├── Misfit (ContractError, cdc.errors)  a table's column cannot take a value of a record
├── StateError      the state file is in use, damaged or does not fit the project
│   ├── OutboxTrimmed   a sink stayed away too long: it is filled anew
│   ├── OtherBuild      the view has another build than the one asked for
│   └── TooOld          the topics may lack deletions that came after it: `on_gap` says what to do
├── SinkError       the sink refused or went away: retried, then it waits for an operator
│   ├── SinkLost        the target has lost what was delivered: it is put right from the state
│   └── NotOwner        another pipeline has the sink: this process stops
└── RebuildError    a rebuild was refused or given up; the live view is untouched
"""

from __future__ import annotations

from cdc.errors import BrokerError, ContractError, RederiveError


class ViewError(RederiveError):
    """A view cannot be planned or kept. `excerpt` is the SQL line with the place underlined."""

    def __init__(self, message: str, *, fix: str = "", excerpt: str = "") -> None:
        super().__init__(message, fix=fix)
        self.excerpt = excerpt

    def __str__(self) -> str:
        return f"{super().__str__()}\n{self.excerpt}" if self.excerpt else super().__str__()


class Misfit(ContractError):
    """A record that a table's columns cannot take. `column` is empty where the record as a whole
    is not readable; `is_null`: the column was said to hold no NULL, and the record has one."""

    def __init__(
        self, message: str, *, table: str, column: str = "", is_null: bool = False, fix: str = ""
    ) -> None:
        super().__init__(message, fix=fix)
        self.table, self.column, self.is_null = table, column, is_null


class StateError(RederiveError):
    """The pipeline's state file cannot be used."""


class MissingTopic(BrokerError):
    """A topic that capture makes is not there (yet)."""


class TopicMoved(BrokerError):
    """A topic is not the one that was read, or does not hold the offsets that it held."""


class OutboxTrimmed(StateError):
    """A sink stayed away for so long that it has to be filled anew."""


class OtherBuild(StateError):
    """The view has another build now, or none."""


class TooOld(StateError):
    """The topics may no longer hold all deletions that came after the last cut applied."""


class SinkError(RederiveError):
    """A sink refused a write or cannot be reached. `is_retryable`: it may pass by itself."""

    def __init__(self, message: str, *, fix: str = "", is_retryable: bool = False) -> None:
        super().__init__(message, fix=fix)
        self.is_retryable = is_retryable


class SinkLost(SinkError):
    """A target no longer holds, or does not show, what was delivered to it."""


class NotOwner(SinkError):
    """The sink belongs to another pipeline, or to another start of this one."""


class RebuildError(RederiveError):
    """A rebuild was refused or given up."""
