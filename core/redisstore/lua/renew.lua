-- ARGV[2]  the place and the next fingerprint
-- ARGV[3]  to ARGV[6]: of the delta, see change.lua
-- ARGV[7]  user to log in, or ''
-- ARGV[8]  idle timeout in milliseconds
-- ARGV[9]  absolute timeout
-- ARGV[10] and on: the rest of the delta

local next, user = ARGV[2], ARGV[7]
if alive and found[1] == next then
  return OK
elseif not alive or found[1] ~= id then
  return absence()
end
local first, name, value = 10, '@id', next
if user ~= '' then
  idle, deadline = tonumber(ARGV[8]), now + ARGV[9]
end
