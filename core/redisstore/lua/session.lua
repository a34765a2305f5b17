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
  local now, times = till - left, call('HMGET', key, '@ended', '@renewed', '@created', '@login')
  if times[1] then
    return ENDED + 16 * math.max(0, now - times[1])
  elseif opens then
    return CORRUPT
  end
  -- A login later than the creation was a renewal too.
  local renewed = times[2] or 0
  if times[4] and times[4] ~= times[3] then
    renewed = math.max(renewed, times[4])
  end
  return renewed == 0 and NOT_FOUND or RENEWED + 16 * math.max(0, now - renewed)
end
local now = till - left -- TIME says the same, and costs more
