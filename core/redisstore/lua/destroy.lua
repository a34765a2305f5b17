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
-- A server out of memory refuses an HSET unless the script has written before.
local there = call('DEL', key)
call('HSET', key, '@id', id, '@ended', now, '@u', till)
call('PEXPIREAT', key, till)
return there == 1 and OK or NOTHING
