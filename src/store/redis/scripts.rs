//! The steps that are done inside the server, each on one key, so that a cluster takes them too.
//!
//! A row is `version[8] | expires[8] | seen[8] | ...`, big-endian; the rest is [`row`](super::row)'s.
//! Times are whole milliseconds, which Lua's numbers hold exactly below 2^53.

/// A script and the name by which a server that has seen it runs it again.
pub(super) struct Script {
    pub(super) text: &'static str,
    /// SHA-1 of the text in hex: `printf %s "$text" | sha1sum`. A wrong one costs a call, no more.
    pub(super) sha: &'static str,
}

/// Arguments: version, expires, rest. Gives 1, or 0 if a record with another version is there.
pub(super) const CREATE: Script = Script {
    text: "local there = redis.call('GETRANGE', KEYS[1], 0, 7)
if there == ARGV[1] then return 1 end
if there ~= '' then return 0 end
local t = redis.call('TIME')
local head = struct.pack('>I8I8', ARGV[2], t[1] * 1000 + math.floor(t[2] / 1000))
redis.call('SET', KEYS[1], ARGV[1] .. head .. ARGV[3], 'PXAT', ARGV[2])
return 1",
    sha: "a1e104b4d690cd2cd82d72f9edad201df8f9a0c2",
};

/// Arguments: version, expires, rest, expected version or nothing. Gives 1, or 0 if there is no
/// record, or 2 if it has another version.
pub(super) const UPDATE: Script = Script {
    text: "local there = redis.call('GETRANGE', KEYS[1], 0, 7)
if there == '' then return 0 end
if there == ARGV[1] then return 1 end
if ARGV[4] ~= '' and there ~= ARGV[4] then return 2 end
local t = redis.call('TIME')
local head = struct.pack('>I8I8', ARGV[2], t[1] * 1000 + math.floor(t[2] / 1000))
redis.call('SET', KEYS[1], ARGV[1] .. head .. ARGV[3], 'PXAT', ARGV[2])
return 1",
    sha: "5df46bd14cc7004a6dec982273e941665e8aa220",
};

/// Argument: expires. Gives nothing without a record, else expiry and owner.
pub(super) const TOUCH: Script = Script {
    text: "local head = redis.call('GETRANGE', KEYS[1], 0, 96)
if head == '' then return false end
local expires = math.max(struct.unpack('>I8', head, 9), tonumber(ARGV[1]))
local t = redis.call('TIME')
local times = struct.pack('>I8I8', expires, t[1] * 1000 + math.floor(t[2] / 1000))
local text = string.format('%.0f', expires)
redis.call('SETRANGE', KEYS[1], 8, times)
redis.call('PEXPIREAT', KEYS[1], text)
return {text, string.sub(head, 34, 33 + string.byte(head, 33))}",
    sha: "3c1fc2059dd71e7c9ae889bf0a86f34618ab3eb2",
};

/// Argument: the owner whose record it has to be, or nothing. Gives nothing without such a record,
/// else its expiry and owner.
pub(super) const DELETE: Script = Script {
    text: "local head = redis.call('GETRANGE', KEYS[1], 0, 96)
if head == '' then return false end
local owner = string.sub(head, 34, 33 + string.byte(head, 33))
if ARGV[1] ~= '' and ARGV[1] ~= owner then return false end
redis.call('DEL', KEYS[1])
return {string.format('%.0f', struct.unpack('>I8', head, 9)), owner}",
    sha: "9e2e857ee3662f7f3ec9f6eeb3f61adfd0422e28",
};

/// On an index. Arguments: row key, expires. The index lives as long as its last entry.
pub(super) const NOTE: Script = Script {
    text: "local t = redis.call('TIME')
local now = string.format('%.0f', t[1] * 1000 + math.floor(t[2] / 1000))
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
redis.call('ZADD', KEYS[1], 'GT', ARGV[2], ARGV[1])
local last = redis.call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')
redis.call('PEXPIREAT', KEYS[1], string.format('%.0f', tonumber(last[2])))",
    sha: "625969c21f2f2e75381e6aba6204a3baeb457497",
};

/// On an index. Gives row keys and expiries, in turn.
pub(super) const ENTRIES: Script = Script {
    text: "local t = redis.call('TIME')
local now = string.format('%.0f', t[1] * 1000 + math.floor(t[2] / 1000))
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
return redis.call('ZRANGE', KEYS[1], 0, -1, 'WITHSCORES')",
    sha: "b810fa600de77e2406c2676164c7abd0dd1fd7f9",
};

/// On an index. Arguments: row keys and expiries, in turn. An entry with another expiry stays:
/// somebody has noted it anew.
pub(super) const FORGET: Script = Script {
    text: "for i = 1, #ARGV, 2 do
  local score = redis.call('ZSCORE', KEYS[1], ARGV[i])
  if score and tonumber(score) == tonumber(ARGV[i + 1]) then
    redis.call('ZREM', KEYS[1], ARGV[i])
  end
end",
    sha: "d72fbe25d4883bb06d2f4e3801ee8759284a1531",
};
