"""The owner of a sink in Redis: fields `run`, `epoch`, `tenure`, `writer` and `ended` of the hash
`SINK:generations`, which every writing script compares first, and the key `SINK:alive`.

That key's remaining time to live measures the owner's silence: reading it needs no right that the
rows do not need.
"""

from __future__ import annotations

from typing import Any

import redis

from materializers.sinks.owner import Owner, claimed_meanwhile, lost_to
from materializers.writer import Writer

ALIVE_MS = 3_600_000

# ARGV: hash, run. The beginning of every script that changes something.
OWNED = """
if redis.call('HGET', ARGV[1], 'run') ~= ARGV[2] then
  return redis.error_reply('REDERIVE another owner')
end
"""
# ARGV[3]: the epoch of the former owner, 0 for none.
_CLAIM = """
local held, run, epoch = ARGV[1], ARGV[2], redis.call('HGET', ARGV[1], 'epoch') or '0'
if redis.call('HGET', held, 'run') == run then return 1 end
if epoch ~= ARGV[3] then return 0 end
redis.call('HSET', held, 'run', run, 'epoch', epoch + 1, 'tenure', ARGV[4], 'writer', ARGV[5])
redis.call('HDEL', held, 'ended')
redis.call('SET', ARGV[6], run, 'PX', ARGV[7])
return 1
"""
_SIGN = f"""{OWNED}
if ARGV[5] == '1' then redis.call('HSET', ARGV[1], 'ended', '1') end
redis.call('SET', ARGV[3], ARGV[2], 'PX', ARGV[4])
return 1
"""


class Ownership:
    """The owner of the sink `name`, and `writer`, who may claim it. Raises the client's errors, and
    NotOwner."""

    def __init__(self, client: redis.Redis, name: str, writer: Writer | None) -> None:
        self._client: Any = client
        self._name, self._writer = name, writer
        self.held, self._alive = f"{name}:generations", f"{name}:alive"
        self.run = writer.run if writer is not None else ""

    def read(self) -> Owner | None:
        pipeline = self._client.pipeline(transaction=True)
        pipeline.hmget(self.held, "writer", "epoch", "tenure", "ended")
        pipeline.pttl(self._alive)
        (writer, epoch, tenure, ended), left_ms = pipeline.execute()
        if writer is None:
            return None
        silence_s = (ALIVE_MS - max(0, left_ms)) / 1000
        text = Writer.from_json(writer.decode())
        return Owner(text, int(epoch), tenure.decode(), silence_s, ended is not None)

    def claim(self, tenure: str, over: Owner | None) -> None:
        assert self._writer is not None, "opened for reading"
        epoch = over.epoch if over is not None else 0
        arguments = [tenure, self._writer.to_json(), self._alive, ALIVE_MS]
        if not self._client.eval(_CLAIM, 0, self.held, self.run, epoch, *arguments):
            raise claimed_meanwhile(self._name)

    def sign(self, has_ended: bool) -> None:
        self.run_script(_SIGN, self._alive, str(ALIVE_MS), "1" if has_ended else "0")

    def run_script(self, script: str, *arguments: str | bytes) -> Any:
        """Run a script that begins with OWNED. Raises SinkError where another run owns the sink."""
        try:
            return self._client.eval(script, 0, self.held, self.run, *arguments)
        except redis.ResponseError as error:
            self.raise_if_lost(error)
            raise

    def raise_if_lost(self, error: Exception) -> None:
        """Raise SinkError if the error is a script's answer that another run owns the sink."""
        if "another owner" in str(error):
            raise lost_to(self._name, self.read()) from error
