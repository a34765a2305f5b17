-- Scripts that change a session have this file behind the prelude. What follows
-- it runs if ARGV[1] opens the session, or ARGV[2], which is the next id in a
-- renewal and never an id otherwise. In @id the nonces of saves follow the 34
-- characters of the id.

local found = call('HMGET', key, '@id', '@u', '@d', '@i', '@s')
local used, deadline, idle, size = found[2], found[3], found[4], found[5]
local left = call('PTTL', key)
local record = found[1] or ''
local name = string.sub(record, 1, 34)
local opens = name == id or #name == 34 and name == ARGV[2]
local now
if used and deadline and idle then
  -- The time is when the key ends less what is left. TIME says the same, and costs
  -- more. TTLs are set by what is left, not by the time, so that servers for tests
  -- that make TTLs shorter stay consistent.
  idle, deadline = idle + 0, deadline + 0 -- idle is negative if it locks the session
  now = used + idle
  if idle < 0 or now > deadline then
    now = deadline
  end
  now = now - left
end
if not opens or left < 0 or not (now and size) then
  if not found[1] then
    return left == -2 and NOT_FOUND or CORRUPT
  elseif not used or left < 0 or string.sub(record, 1, 12) ~= string.sub(id, 1, 12) then
    return CORRUPT
  end
  local times = call('HMGET', key, '@ended', '@renewed', '@login')
  if times[1] then -- and @u is until when that is remembered
    return ENDED + 16 * math.max(0, used - left - times[1])
  elseif opens or not now then
    return CORRUPT
  elseif times[2] or times[3] then -- a login was a renewal too
    return RENEWED + 16 * math.max(0, now - math.max(times[2] or 0, times[3] or 0))
  end
  return NOT_FOUND
end
-- What follows is a use. That of a locked session does not count.
if idle > 0 or now - used + idle < 0 then
  used = now
else
  used = used + 0
end
local till = now + idle
if idle < 0 or till > deadline then
  till = deadline
end
