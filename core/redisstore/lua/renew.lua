-- ARGV[2]  the place and the next fingerprint
-- ARGV[3]  to ARGV[5]: of the delta, see change.lua
-- ARGV[6]  user to log in, or ''
-- ARGV[7]  idle timeout in milliseconds, negative if it locks
-- ARGV[8]  absolute timeout
-- ARGV[9]  and ARGV[10]: fields of a former login to drop, or ''
-- ARGV[11] '1' if the renewal unlocks
-- ARGV[12] and on: the rest of the delta
-- KEYS[2]  and on: the indexes of the login. A Cluster has none here.

if name == ARGV[2] then
  return OK
end
local first, user = 12, ARGV[6]
record = ARGV[2] -- without nonces: who repeats a save has the former id
if user ~= '' then
  used, idle, deadline = now, ARGV[7] + 0, now + ARGV[8]
  till = now + idle
  if idle < 0 or till > deadline then
    till = deadline
  end
elseif ARGV[11] == '1' then
  used = now
end
