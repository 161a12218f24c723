"""A view as Redis keys: a prefix for each generation, behind one pointer key."""

from materializers.sinks.redis.read import read_live
from materializers.sinks.redis.sink import RedisSink

__all__ = ["RedisSink", "read_live"]
