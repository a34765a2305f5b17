-- Scripts that change a session have this file behind the prelude. What follows
-- it runs if ARGV[1] opens the session, or ARGV[2], which is the next id in a
-- renewal and never an id otherwise.

local found = call('HMGET', key, '@id', '@until', '@deadline', '@idle', '@size', '@ops')
local till, deadline, idle, size = tonumber(found[2]), tonumber(found[3]), tonumber(found[4]), tonumber(found[5])
if not (till and deadline and idle and size) or till <= now or found[1] ~= id and found[1] ~= ARGV[2] then
  if not found[1] then
    return call('EXISTS', key) == 1 and CORRUPT or NOT_FOUND
  elseif string.sub(found[1], 1, 12) ~= string.sub(id, 1, 12) then
    return CORRUPT
  end
  local times = call('HMGET', key, '@ended', '@renewed', '@created', '@login')
  if times[1] then
    return ENDED + 16 * math.max(0, now - times[1])
  elseif found[1] == id or found[1] == ARGV[2] then
    -- Redis ends a session by itself, unless somebody took the key's TTL away.
    return till and till <= now and NOT_FOUND or CORRUPT
  end
  -- A login later than the creation was a renewal too.
  local renewed = tonumber(times[2]) or 0
  if times[4] and times[4] ~= times[3] then
    renewed = math.max(renewed, times[4])
  end
  return renewed > 0 and RENEWED + 16 * math.max(0, now - renewed) or NOT_FOUND
end
