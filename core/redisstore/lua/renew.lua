-- KEYS[1]  the session under its old id
-- KEYS[2]  under its new one, in the same place
-- ARGV[1]  secret of the new id
-- ARGV[2]  name of the record under the new id
-- ARGV[3]  milliseconds that the mark stays
-- ARGV[4]  and on: the delta

if redis.call('HGET', KEYS[1], '@next') == ARGV[1] then
  return OK
end
local time = now()
local deadline, found = alive(KEYS[1], time)
if not deadline then
  return found
end
if redis.call('EXISTS', KEYS[2]) == 1 then
  return EXISTS
end
change(KEYS[1], time, deadline, found, {'@id', ARGV[2]}, 4)
redis.call('RENAME', KEYS[1], KEYS[2])
redis.call('HSET', KEYS[1], '@next', ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return OK
