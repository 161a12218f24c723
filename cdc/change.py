"""A change as a reader sees it: one record of a table's topic, decoded.

For people and small tools (`rederive peek`); the engine reads envelopes in bulk instead.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import orjson

from cdc.errors import ContractError
from cdc.position import Lsn

Operation = Literal["create", "update", "delete", "read", "tombstone"]

_UNKNOWN = Lsn(0)
_OPERATIONS: dict[str, Operation] = {"c": "create", "u": "update", "d": "delete", "r": "read"}


@dataclass(frozen=True, slots=True)
class Change:
    """One row's change. `key`, `before` and `after` map columns to values as JSON has them.

    A tombstone has a key alone. `lsn` is where the change lies in the log, `commit_lsn` where its
    transaction's commit record starts (0 where another tool wrote the record); `committed_at_us`
    is the commit's time in microseconds since 1970; `xid` is None for a snapshot's row.
    """

    operation: Operation
    key: dict[str, Any]
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None
    table: str = ""
    lsn: Lsn = _UNKNOWN
    commit_lsn: Lsn = _UNKNOWN
    committed_at_us: int = 0
    xid: int | None = None

    @classmethod
    def from_record(cls, key: bytes | str | None, value: bytes | str | None) -> Change:
        """Decode a record; raises ContractError where it is not a change."""
        try:
            columns = orjson.loads(key or b"{}")
            if value is None:
                return cls("tombstone", columns)
            envelope = orjson.loads(value)
            source = envelope["source"]
            return cls(
                operation=_OPERATIONS[envelope["op"]],
                key=columns,
                before=envelope["before"],
                after=envelope["after"],
                table=f"{source['schema']}.{source['table']}",
                lsn=Lsn(source["lsn"]),
                commit_lsn=Lsn(source.get("commit_lsn", 0)),
                committed_at_us=source.get("ts_us") or source["ts_ms"] * 1000,
                xid=source.get("txId"),
            )
        except (orjson.JSONDecodeError, KeyError, TypeError, ValueError) as error:
            raise ContractError(f"A record is no change: {(value or key)!r:.80}") from error
