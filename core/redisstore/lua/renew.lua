-- ARGV[2]   the place and the next fingerprint
-- ARGV[3]   to ARGV[7]: of the delta, see change.lua
-- ARGV[8]   user to log in, or ''
-- ARGV[9]   idle timeout in milliseconds
-- ARGV[10]  absolute timeout
-- ARGV[11]  and on: the rest of the delta

local user = ARGV[8]
if found[1] == ARGV[2] then
  return OK
end
local first, name, value = 11, '@id', ARGV[2]
if user ~= '' then
  idle, deadline = tonumber(ARGV[9]), now + ARGV[10]
end
