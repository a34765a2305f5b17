-- ARGV[2]  size of the fields as in change.lua; -1 if they are too many
-- ARGV[3]  idle timeout in milliseconds, negative if it locks
-- ARGV[4]  absolute timeout
-- ARGV[5]  and on: pairs of fields. Those of a login are the last.
-- KEYS[2]  and on: the indexes of the login. A Cluster has none here.

if call('EXISTS', key) == 1 then
  local found = call('HMGET', key, '@id', '@ended')
  return string.sub(found[1] or '', 1, 34) == id and not found[2] and OK or EXISTS
elseif ARGV[2] == '-1' then
  return NOT_FOUND
end
local deadline = now + ARGV[4]
local till = now + ARGV[3]
if till < now or till > deadline then
  till = deadline
end
for i = 2, #KEYS do
  enter(KEYS[i], '', string.sub(id, 1, 12), deadline, now)
end
-- What every script looks for comes first: Redis searches a small hash from its
-- beginning.
call('HSET', key, '@id', id, '@u', now, '@d', deadline, '@i', ARGV[3],
  '@s', ARGV[2], '@c', now, unpack(ARGV, 5, math.min(#ARGV, 1004)))
for i = 1005, #ARGV, 1000 do
  call('HSET', key, unpack(ARGV, i, math.min(i + 999, #ARGV)))
end
call('PEXPIRE', key, till - now)
return OK
