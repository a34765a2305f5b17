-- ARGV[2]  nonce, filled up to 6 characters, or ''
-- ARGV[3]  and on: the delta, see change.lua

local first, user = 6
if ARGV[2] ~= '' then
  local at = string.find(record, ARGV[2], 35, true)
  while at and at % 6 ~= 5 do
    at = string.find(record, ARGV[2], at + 1, true)
  end
  if at then
    return OK
  end
  -- The last three and this one.
  record = id .. string.sub(record, math.max(35, #record - 17)) .. ARGV[2]
end
