-- Replies with the orders that are kept in the sorted sets under KEYS: the time, and
-- for each set that has some, its number in KEYS and the orders.

local reply = {string.format('%.0f', now)}
for i, set in ipairs(KEYS) do
  local found = call('ZREVRANGEBYSCORE', set, '+inf', now, 'LIMIT', 0, 100)
  if #found > 0 then
    reply[#reply + 1] = {i, found}
  end
end
return reply
