-- ARGV[2]  the place and the next fingerprint
-- ARGV[3]  to ARGV[5]: of the delta, see change.lua
-- ARGV[6]  user to log in, or ''
-- ARGV[7]  idle timeout in milliseconds
-- ARGV[8]  absolute timeout
-- ARGV[9]  and on: the rest of the delta

if name == ARGV[2] then
  return OK
end
local first, user = 9, ARGV[6]
record = ARGV[2] -- without nonces: who repeats a save has the former id
if user ~= '' then
  idle, deadline = ARGV[7], now + ARGV[8]
end
