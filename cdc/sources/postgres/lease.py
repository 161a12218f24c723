"""At most one capture per source name, held by an advisory lock on the source's server.

Kafka's fence (`init_transactions`) favours the newcomer and would end a healthy capture. The lock
favours the running one, ends with its session, and needs no clock. Locks in other databases of the
server show in `pg_locks`; another server is recognised by its system identifier in the cuts.
"""

from __future__ import annotations

import time
import zlib

from cdc.config import Source
from cdc.errors import PreflightError
from cdc.sources.postgres.connection import Connection

# The server notices a killed client within moments, unless it is executing a query for it.
RELEASE_TIMEOUT_S = 10.0
_CLASS = int.from_bytes(b"rdrv", "big")
_HELD_BY_OTHERS = """
    SELECT pid, datname::text FROM pg_locks JOIN pg_database d ON d.oid = database
    WHERE locktype = 'advisory' AND objsubid = 2 AND classid = %s AND objid = %s
        AND granted AND pid <> pg_backend_pid() LIMIT 1"""


def hold_lease(source: Source, connection: Connection, former_pid: int = 0) -> None:
    """Hold the lock while the connection lives; waits up to RELEASE_TIMEOUT_S for it.

    `former_pid`: the backend of this capture's previous run. The server may not have noticed that
    its connection is dead, so it is terminated. Raises PreflightError where another capture runs.
    """
    lock = _CLASS, zlib.crc32(source.name.encode()) >> 1
    deadline = time.monotonic() + RELEASE_TIMEOUT_S
    while True:
        is_ours = connection.execute("SELECT pg_try_advisory_lock(%s, %s)", lock).fetchone()
        other = connection.execute(_HELD_BY_OTHERS, lock).fetchone()
        if other is None and is_ours == (True,):
            return
        if is_ours == (True,):
            connection.execute("SELECT pg_advisory_unlock(%s, %s)", lock)
        if other is not None and other[0] == former_pid:
            connection.execute("SELECT pg_terminate_backend(%s)", [former_pid])
        if other is not None and time.monotonic() > deadline:
            raise PreflightError(
                f"Source {source.name} is captured by another process: its session {other[0]} in "
                f"database {other[1]} is at work.",
                fix="stop that capture first, or give this source another name; where its host is "
                "unreachable: `rederive capture --take-over`",
            )
        time.sleep(0.1)
