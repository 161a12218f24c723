"""Positions in a source's log: parsing, printing, comparing."""

from __future__ import annotations

from cdc.errors import ContractError


class Lsn(int):
    """A byte position in PostgreSQL's write-ahead log, written `16/B374D848`.

    Source: PostgreSQL manual, "pg_lsn Type". Compares and subtracts as an integer.
    """

    __slots__ = ()

    @classmethod
    def parse(cls, text: str) -> Lsn:
        """Parse `high/low` in hexadecimal; raises ContractError for anything else."""
        high, slash, low = text.partition("/")
        try:
            if not slash:
                raise ValueError(text)
            return cls((int(high, 16) << 32) | int(low, 16))
        except ValueError as error:
            raise ContractError(f"{text!r} is not a log sequence number.") from error

    def __str__(self) -> str:
        return f"{self >> 32:X}/{self & 0xFFFFFFFF:X}"

    def __repr__(self) -> str:
        return f"Lsn('{self}')"
