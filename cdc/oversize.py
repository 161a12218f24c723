"""The error for a record larger than its topic accepts."""

from __future__ import annotations

from cdc.config import Kafka
from cdc.contract.topics import MESSAGE_BYTES_LIMIT
from cdc.errors import PreflightError

KEY_SHOWN_MAX = 200
STEP_BYTES = 16 * 2**20
_OWN_LIMITS = ("message.max.bytes", "queue.buffering.max.kbytes")


def record_too_large(kafka: Kafka, table: str, key: bytes, size: int) -> PreflightError:
    """`size`: of key and value in bytes. Of the row only the key is shown."""
    shown = key.decode(errors="replace")
    if len(shown) > KEY_SHOWN_MAX:
        shown = f"{shown[:KEY_SHOWN_MAX]}…"
    own = " and ".join(f'"{name}"' for name in _OWN_LIMITS if name in kafka.settings)
    # A quarter more, so that the next record of this kind fits too.
    wanted = min(MESSAGE_BYTES_LIMIT, (size * 5 // 4 // STEP_BYTES + 1) * STEP_BYTES)
    allowed = f"more than max_message_bytes = {kafka.topics.max_message_bytes} allows."
    error = PreflightError(
        f"Table {table}: the record of key {shown} has {size} bytes, {allowed}",
        fix=f"set max_message_bytes = {wanted} under [kafka.topics]"
        + (f", and remove {own} from [kafka]" if own else ""),
    )
    error.without_values = f"Table {table}: a record has {size} bytes, {allowed}"
    return error
