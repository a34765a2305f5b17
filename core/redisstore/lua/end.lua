-- Ends the session at a place if it is that of an owner. KEYS[2] is the index in
-- which the place was found; a Cluster has none, because it is another key.
--
-- ARGV[1]  the place
-- ARGV[2]  the user, or ''
-- ARGV[3]  what an identity provider calls the login, or ''
-- ARGV[4]  the time of the latest login to end; '' of any
-- ARGV[5]  milliseconds that the end is remembered
--
-- Replies like destroy.lua, with NOT_FOUND if nothing is there and NOTHING if the
-- session is spared.

local found = redis.pcall('HMGET', key, '@id', '@ended', '@user', '@external', '@login', '@c')
if found.err then
  return string.find(found.err, 'WRONGTYPE', 1, true) and NOTHING or found
end
local ended_before = found[2] and ENDED
if ended_before or not found[1] and call('EXISTS', key) == 0 then
  if KEYS[2] then -- nothing can come to be here without an entry of its own
    call('ZREM', KEYS[2], id)
  end
  return ended_before or NOT_FOUND
elseif not found[1] or string.sub(found[1], 1, 12) ~= id
  or ARGV[2] ~= '' and found[3] ~= ARGV[2] or ARGV[3] ~= '' and found[4] ~= ARGV[3]
  or ARGV[4] ~= '' and (found[5] or found[6] or now) - ARGV[4] > 0 then
  return NOTHING
end
if KEYS[2] then
  call('ZREM', KEYS[2], id)
end
id = string.sub(found[1], 1, 34)
local ended, till = now, now + ARGV[5]
local reply = {found[3] or '', found[4] or ''}
local broken = false
