-- Enters a session into an index of a Cluster, where a script reaches one key alone,
-- or an order into a list. KEYS[1] is the sorted set, ARGV[1] the member.
--
-- ARGV[2]  milliseconds until its deadline
-- ARGV[3]  '1' if it is an order, which begins with the time

local member = id
if ARGV[3] == '1' then
  member = string.format('{"given":%.0f,', now) .. member
end
enter(key, 'GT', member, now + ARGV[2], now)
return OK
