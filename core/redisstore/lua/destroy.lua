-- ARGV[2]  milliseconds since a renewal for which a former fingerprint will do
-- ARGV[3]  milliseconds that the end is remembered

-- What is no session, perhaps of another type, ends too.
local found = redis.pcall('HMGET', key, '@id', '@ended', '@renewed', '@login')
if found.err then
  if not string.find(found.err, 'WRONGTYPE', 1, true) then
    return found
  end
elseif found[2] then
  return OK
elseif found[1] and string.sub(found[1], 1, 34) ~= id
  and string.sub(found[1], 1, 12) == string.sub(id, 1, 12) then
  if not found[3] and not found[4] then
    return NOT_FOUND
  end
  local ago = math.max(0, now - math.max(found[3] or 0, found[4] or 0)) -- a login was a renewal too
  if ago > tonumber(ARGV[2]) then
    return RENEWED + 16 * ago
  end
end
local till = now + ARGV[3]
local there = call('EXISTS', key)
-- A server out of memory refuses an HSET unless the script has written before. A
-- Cluster refuses it while the slot migrates, if the script has deleted the key.
if found.err then
  call('PEXPIRE', key, 0) -- deletes it
else
  call('HDEL', key, '@user')
end
call('HSET', key, '@id', id, '@ended', now, '@u', till)
local rest = {}
for _, field in ipairs(call('HKEYS', key)) do
  if field ~= '@id' and field ~= '@ended' and field ~= '@u' then
    rest[#rest + 1] = field
  end
end
for i = 1, #rest, 1000 do -- Lua's stack takes a few thousand arguments
  call('HDEL', key, unpack(rest, i, math.min(i + 999, #rest)))
end
call('PEXPIRE', key, till - now)
return there == 1 and OK or NOTHING
