-- ARGV[2]  size of the fields as in change.lua; -1 if they are too many
-- ARGV[3]  user to log in, or ''
-- ARGV[4]  idle timeout in milliseconds
-- ARGV[5]  absolute timeout
-- ARGV[6]  and on: pairs of fields

if call('EXISTS', key) == 1 then
  local found = call('HMGET', key, '@id', '@ended')
  return string.sub(found[1] or '', 1, 34) == id and not found[2] and OK or EXISTS
elseif ARGV[2] == '-1' then
  return NOT_FOUND
end
local deadline = now + ARGV[5]
local till = math.min(now + ARGV[4], deadline)
-- What every script looks for comes first: Redis searches a small hash from its
-- beginning.
if ARGV[3] == '' then
  call('HSET', key, '@id', id, '@u', till, '@d', deadline, '@i', ARGV[4],
    '@s', ARGV[2], '@c', now, unpack(ARGV, 6, math.min(#ARGV, 1005)))
else -- without @login: since the creation
  call('HSET', key, '@id', id, '@u', till, '@d', deadline, '@i', ARGV[4],
    '@s', ARGV[2], '@c', now, '@user', ARGV[3], unpack(ARGV, 6, math.min(#ARGV, 1005)))
end
for i = 1006, #ARGV, 1000 do
  call('HSET', key, unpack(ARGV, i, math.min(i + 999, #ARGV)))
end
call('PEXPIRE', key, till - now)
return OK
