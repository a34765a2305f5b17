-- KEYS[1]  the session
-- ARGV[1]  and on: the delta

local time = now()
local deadline, found = alive(KEYS[1], time)
if not deadline then
  return found
end
change(KEYS[1], time, deadline, found, {}, 1)
return OK
