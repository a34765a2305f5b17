-- Scripts that change a session have this file behind the prelude. What follows
-- it runs if ARGV[1] opens the session, or ARGV[2], which is the next id in a
-- renewal and never an id otherwise.

local found = call('HMGET', key, '@id', '@until', '@deadline', '@idle', '@size', '@ops')
local till, deadline, idle, size = found[2], found[3], found[4], found[5]
local left = call('PTTL', key)
local opens = found[1] == id or found[1] == ARGV[2]
if not opens or left < 0 or not (till and deadline and idle and size) then
  if not found[1] then
    return left == -2 and NOT_FOUND or CORRUPT
  elseif not till or left < 0 or string.sub(found[1], 1, 12) ~= string.sub(id, 1, 12) then
    return CORRUPT
  end
  local now, times = till - left, call('HMGET', key, '@ended', '@renewed', '@login')
  if times[1] then
    return ENDED + 16 * math.max(0, now - times[1])
  elseif opens then
    return CORRUPT
  elseif times[2] or times[3] then -- a login was a renewal too
    return RENEWED + 16 * math.max(0, now - math.max(times[2] or 0, times[3] or 0))
  end
  return NOT_FOUND
end
local now = till - left -- TIME says the same, and costs more
