-- KEYS[1]  the session
-- ARGV[1]  idle time

local time = now()
local deadline, found = alive(KEYS[1], time)
if not deadline then
  return found
end
extend(KEYS[1], time, deadline, ARGV[1], found)
return OK
