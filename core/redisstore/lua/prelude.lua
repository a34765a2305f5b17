-- Every script begins with this file. KEYS[1] is the session's key, ARGV[1] the
-- place and the fingerprint. Numbers go to redis.call as they are: concatenated,
-- Lua would round them to 14 digits.

-- A script replies with a status and, 16 times, how many milliseconds ago
-- something happened or how much the session would hold.
local NOT_FOUND, OK, EXISTS, ENDED, RENEWED, BYTES, FIELDS, CORRUPT = 0, 1, 2, 3, 4, 5, 6, 7

local call, key, id = redis.call, KEYS[1], ARGV[1]
local clock = call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)

-- absence returns the reply of a script for which the id opens no session.
local function absence()
  local found = call('HMGET', key, '@id', '@ended', '@renewed', '@until')
  local ended, renewed, till = tonumber(found[2]), tonumber(found[3]), tonumber(found[4])
  if not found[1] then
    return call('EXISTS', key) == 1 and CORRUPT or NOT_FOUND
  elseif string.sub(found[1], 1, 12) ~= string.sub(id, 1, 12) then
    return CORRUPT
  elseif ended then
    return ENDED + 16 * math.max(0, now - ended)
  elseif found[1] == id then
    -- Redis ends a session by itself, unless somebody took the key's TTL away.
    return till and till <= now and NOT_FOUND or CORRUPT
  elseif renewed then
    return RENEWED + 16 * math.max(0, now - renewed)
  end
  return NOT_FOUND
end
