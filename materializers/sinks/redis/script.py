"""The scripts that run inside Redis, and the shapes in which they keep rows.

Every script gets the generation's number and the step's version, and does nothing where a newer
step has been begun: the generation's hash says so. The keys are arguments, not KEYS: a sink
writes to one server, not to a cluster's slots.
"""

from __future__ import annotations

from dataclasses import dataclass

# ARGV: generations' hash, number, version, prefix, ttl in seconds or 0, then rows.
_HEAD = """
local held, number, version = ARGV[1], ARGV[2], ARGV[3]
local prefix, ttl = ARGV[4], tonumber(ARGV[5])
local begun = redis.call('HGET', held, number .. ':begun')
if not begun then return redis.error_reply('REDERIVE no such generation') end
if #begun > #version or (#begun == #version and begun > version) then return 0 end
"""
# Versions are compared as texts of digits: Lua's numbers are doubles, a version has 64 bits.
BEGIN = _HEAD + "redis.call('HSET', held, number .. ':begun', version) return 1"
REACH = (
    _HEAD
    + "redis.call('HSET', held, number .. ':version', version, number .. ':cut', ARGV[6]) return 1"
)
_DELETE = "for i = 6, #ARGV do redis.call('UNLINK', prefix .. ARGV[i]) end return 1"
_SET = """
for i = 6, #ARGV, 2 do
  if ttl > 0 then redis.call('SET', prefix .. ARGV[i], ARGV[i + 1], 'EX', ttl)
  else redis.call('SET', prefix .. ARGV[i], ARGV[i + 1]) end
end
return 1
"""
_EXPIRE = "if ttl > 0 then redis.call('EXPIRE', key, ttl) end"
# A field's value is '+text', or '' for NULL, which a hash shows by not having the field.
_HASH = f"""
local fields = cjson.decode(ARGV[6])
local i = 7
while i < #ARGV do
  local key = prefix .. ARGV[i]
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
return 1
"""
_ADD = f"""
for i = 6, #ARGV, 2 do
  local key = prefix .. ARGV[i]
  redis.call('SADD', key, ARGV[i + 1]) {_EXPIRE}
end
return 1
"""
_REMOVE = "for i = 6, #ARGV, 2 do redis.call('SREM', prefix .. ARGV[i], ARGV[i + 1]) end return 1"


@dataclass(frozen=True, slots=True)
class Scripts:
    """The scripts that put rows of one shape, and take them away."""

    upsert: str
    delete: str


SCRIPTS = {
    "string": Scripts(_HEAD + _SET, _HEAD + _DELETE),
    "json": Scripts(_HEAD + _SET, _HEAD + _DELETE),
    "hash": Scripts(_HEAD + _HASH, _HEAD + _DELETE),
    "set": Scripts(_HEAD + _ADD, _HEAD + _REMOVE),
}
