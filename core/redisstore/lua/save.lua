-- KEYS[1]  the session
-- ARGV[1]  and on: the delta

local time = now()
local deadline, status = alive(KEYS[1], time)
if not deadline then
  return status
end
change(KEYS[1], time, deadline, 1)
return OK
