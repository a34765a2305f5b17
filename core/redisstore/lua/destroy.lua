-- ARGV[2]  milliseconds since a renewal for which a former fingerprint will do
-- ARGV[3]  milliseconds that the end is remembered
--
-- Replies with the user who was logged in and what an identity provider calls the
-- login, if it ends a session that has a user, and otherwise with a status.

-- What is no session, perhaps of another type, ends too.
local found = redis.pcall('HMGET', key, '@id', '@ended', '@renewed', '@login', '@user', '@external')
local broken = found.err
if broken then
  if not string.find(broken, 'WRONGTYPE', 1, true) then
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
local ended, till = now, now + ARGV[3]
local reply = call('EXISTS', key) == 1 and OK or NOTHING
if found[5] then
  reply = {found[5], found[6] or ''}
end
