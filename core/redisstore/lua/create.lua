-- KEYS[1]  the session
-- ARGV[1]  nonce
-- ARGV[2]  name of the record
-- ARGV[3]  and on: the delta

if redis.call('EXISTS', KEYS[1]) == 1 then
  if redis.call('HGET', KEYS[1], '@nonce') == ARGV[1] then
    return OK
  end
  return EXISTS
end
local time = now()
local deadline = time + ARGV[4]
local fields = {'@id', ARGV[2], '@nonce', ARGV[1], '@created', int(time), '@deadline', int(deadline)}
change(KEYS[1], time, deadline, false, fields, 3)
return OK
