-- Enters a session into an index of a Cluster, where a script reaches one key alone,
-- or an order into a list. KEYS[1] is the sorted set, ARGV[1] the member.
--
-- ARGV[2]  milliseconds until its deadline
-- ARGV[3]  of an order: milliseconds since it was given; '' of a session
--
-- Replies to an order with the member, which has the time before what ARGV[1] says.

if ARGV[3] ~= '' then
  local member = string.format('{"given":%.0f,', now - ARGV[3]) .. id
  enter(key, '', member, now + ARGV[2], now)
  return member
end
enter(key, 'GT', id, now + ARGV[2], now)
return OK
