"""When rows expire in a sink with a `ttl`: that long after their last change, even over a rebuild.

A rebuild knows neither when a row last changed nor which rows have expired; the live generation
does. So the first rows of a generation beside a live one are written without an expiry, which marks
them. Before the switch each takes over the expiry of its key in the live generation; a key that is
missing there is removed. A row changed meanwhile has an expiry of its own. If the live generation
is at an earlier cut than those first rows, a key that it lacks may be new, and gets the full ttl.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import redis

from materializers.sinks.redis.ownership import OWNED, Ownership

# Fields of a generation: its key pattern and ttl, and the version of its rows without an expiry.
KEYS = "keys"
LOADED = "loaded"

# ARGV: hash, run, ttl in seconds, prefix of the keys, prefix of the live ones, whether the live
# generation has all rows; then keys.
_INHERIT = f"""{OWNED}
local ttl, prefix, live, is_complete = ARGV[3], ARGV[4], ARGV[5], ARGV[6] == '1'
for i = 7, #ARGV do
  local key = ARGV[i]
  if redis.call('PTTL', key) == -1 then
    local left = -1
    if live ~= '' then left = redis.call('PTTL', live .. string.sub(key, #prefix + 1)) end
    if left >= 0 then redis.call('PEXPIRE', key, left)
    elseif left == -2 and is_complete then redis.call('UNLINK', key)
    else redis.call('EXPIRE', key, ttl) end
  end
end
return 1
"""


# ARGV: hash, run, field, value.
_STORE = f"{OWNED} redis.call('HSET', ARGV[1], ARGV[3], ARGV[4]) return 1"


class Expiry:
    """The expiry of one sink's rows. Raises the client's errors."""

    def __init__(self, client: redis.Redis, ownership: Ownership, owner: str, ttl_s: int) -> None:
        self._client, self._ownership = client, ownership
        self._held, self._owner, self._ttl_s = ownership.held, owner, ttl_s

    def seconds(self, number: int, version: int, live: bytes | None) -> int:
        """The ttl of a step's rows; 0 for no expiry (yet). `live`: the prefix that readers are
        pointed to."""
        other = self._number(live)
        if not self._ttl_s or other in (-1, number):
            return self._ttl_s
        fields = [f"{number}:version", f"{number}:{KEYS}", f"{other}:{KEYS}"]
        answer: Any = self._client.hmget(self._held, fields)
        reached, mine, theirs = answer
        if reached is not None or mine != theirs:
            return self._ttl_s
        self._ownership.run_script(_STORE, f"{number}:{LOADED}", str(version))
        return 0

    def inherit(self, number: int, live: Any, keys: Iterable[list[bytes]]) -> None:
        """Give an expiry to the rows of a generation that have none. Can be repeated."""
        answer: Any = self._client.hget(self._held, f"{number}:{LOADED}")
        if answer is None:
            return
        other = self._number(live)
        is_other = other not in (-1, number)
        reached: Any = self._client.hget(self._held, f"{other}:version") if is_other else None
        is_complete = reached is not None and int(reached) >= int(answer)
        prefix = f"{self._owner}:{number}:"
        fixed = [str(self._ttl_s), prefix, live if is_other else "", "1" if is_complete else "0"]
        for some in keys:
            self._ownership.run_script(_INHERIT, *fixed, *some)
        self._client.hdel(self._held, f"{number}:{LOADED}")

    def _number(self, live: bytes | None) -> int:
        """The live generation's number, -1 without one."""
        text = (live or b"").decode().removeprefix(f"{self._owner}:").removesuffix(":")
        return int(text) if text.isdecimal() else -1
