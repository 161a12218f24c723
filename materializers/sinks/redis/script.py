"""The scripts that run inside Redis, for each shape of rows.

Every script compares the owner first. Those that write rows get the generation's number and the
step's version, and do nothing if the generation's hash says that a newer step was begun. Keys are
passed as arguments, not KEYS: a sink writes to one server, not to a cluster's slots.
"""

from __future__ import annotations

from dataclasses import dataclass

from materializers.sinks.redis.ownership import OWNED

# ARGV: generations' hash, run, number, version, ttl in seconds or 0, then rows, with full keys.
# Versions are compared as texts of digits: Lua's numbers are doubles, a version has 64 bits.
_HEAD = f"""{OWNED}
local function is_older(one, other) return #one < #other or (#one == #other and one < other) end
local held, number, version, ttl = ARGV[1], ARGV[3], ARGV[4], tonumber(ARGV[5])
local begun = redis.call('HGET', held, number .. ':begun')
if not begun then return redis.error_reply('REDERIVE no such generation') end
if is_older(version, begun) then return 0 end
"""
# ARGV[6]: the version that the writer believes to be reached, or "".
_REFUSE_LOSS = """
local reached = redis.call('HGET', held, number .. ':version') or ''
if is_older(reached, ARGV[6]) then return redis.error_reply('REDERIVE steps are lost') end
"""
BEGIN = f"""{_HEAD}{_REFUSE_LOSS}
redis.call('HSET', held, number .. ':begun', version)
return 1
"""
_REACH = "redis.call('HSET', held, number .. ':version', version, number .. ':cut', ARGV[6])"
REACH = f"{_HEAD}{_REACH} return 1"
# `put` upserts and `take` deletes the rows in the arguments `first` to `last`.
# Lua's stack holds 8,000 values: `unpack` bounds the rows of one call (`sink.ROWS_MAX`).
_TAKE = """
local function take(first, last) redis.call('UNLINK', unpack(ARGV, first, last)) end
"""
_SET = """
local function put(first, last)
  if ttl == 0 then redis.call('MSET', unpack(ARGV, first, last)) return end
  for i = first, last, 2 do redis.call('SET', ARGV[i], ARGV[i + 1], 'EX', ttl) end
end
"""
_EXPIRE = "if ttl > 0 then redis.call('EXPIRE', key, ttl) end"
# The names of the fields come first. A field's value is '+text', or '' for NULL: then the hash
# lacks the field.
_HASH = f"""
local function put(first, last)
  local fields = cjson.decode(ARGV[first])
  local i = first + 1
  while i < last do
    local key = ARGV[i]
    local pairs_ = {{}}
    for j = 1, #fields do
      local value = ARGV[i + j]
      if value ~= '' then
        pairs_[#pairs_ + 1] = fields[j]
        pairs_[#pairs_ + 1] = string.sub(value, 2)
      end
    end
    redis.call('UNLINK', key)
    if #pairs_ > 0 then redis.call('HSET', key, unpack(pairs_)) {_EXPIRE} end
    i = i + #fields + 1
  end
end
"""
# A key of another type under the generation's prefix is a mistake: it is replaced.
_MEMBERS = """
local function NAME(first, last)
  for i = first, last, 2 do
    local key = ARGV[i]
    local answer = redis.pcall('COMMAND', key, ARGV[i + 1])
    if type(answer) == 'table' and answer.err then
      if string.sub(answer.err, 1, 9) == 'WRONGTYPE' then redis.call('UNLINK', key) end
      redis.call('COMMAND', key, ARGV[i + 1])
    end
  end
end
"""
_ADD = _MEMBERS.replace("NAME", "put").replace("COMMAND", "SADD")
_REMOVE = _MEMBERS.replace("NAME", "take").replace("COMMAND", "SREM")
# A whole step. ARGV[6]: as for BEGIN; ARGV[7]: the cut; ARGV[8]: the number of arguments of the
# deletes, which come first, before those of the upserts.
_WHOLE = f"""{_REFUSE_LOSS}
local gone = tonumber(ARGV[8])
if gone > 0 then take(9, 8 + gone) end
if #ARGV > 8 + gone then put(9 + gone, #ARGV) end
redis.call('HSET', held, number .. ':begun', version,
  number .. ':version', version, number .. ':cut', ARGV[7])
return 1
"""

# Scripts about a whole generation. ARGV: hash, run, number, pointer's key, its prefix.
_IS_LIVE = "redis.call('GET', ARGV[4]) == ARGV[5]"
CREATE = f"""{OWNED}
redis.call('HSET', ARGV[1], ARGV[3] .. ':begun', '0', ARGV[3] .. ':' .. ARGV[4], ARGV[5])
return 1
"""
FORGET = f"""{OWNED}
if {_IS_LIVE} then return 0 end
for _, name in ipairs({{'begun', 'version', 'cut', 'keys', 'loaded'}}) do
  redis.call('HDEL', ARGV[1], ARGV[3] .. ':' .. name)
end
return 1
"""
UNLINK = f"{OWNED} redis.call('UNLINK', unpack(ARGV, 3)) return 1"
_EXISTS = "redis.call('HEXISTS', ARGV[1], ARGV[3] .. ':begun')"
REHEARSE = f"{OWNED} return {_EXISTS}"
SWITCH = f"""{OWNED}
if {_EXISTS} == 0 then return 0 end
redis.call('SET', ARGV[4], ARGV[5])
return 1
"""


@dataclass(frozen=True, slots=True)
class Scripts:
    """The scripts for rows of one shape: upserts, deletes, and a whole step."""

    upsert: str
    delete: str
    step: str

    @classmethod
    def of(cls, put: str, take: str) -> Scripts:
        upsert = f"{_HEAD}{put} put(6, #ARGV) return 1"
        delete = f"{_HEAD}{take} take(6, #ARGV) return 1"
        return cls(upsert, delete, f"{_HEAD}{put}{take}{_WHOLE}")


SCRIPTS = {
    "string": Scripts.of(_SET, _TAKE),
    "json": Scripts.of(_SET, _TAKE),
    "hash": Scripts.of(_HASH, _TAKE),
    "set": Scripts.of(_ADD, _REMOVE),
}
