-- ARGV[2]  nonce, filled up to 8 characters, or ''
-- ARGV[3]  and on: the delta, see change.lua

local first, name, value = 6, '@id', id -- '@id' stays as it is
if ARGV[2] ~= '' then
  local ops = found[6] or ''
  local at = string.find(ops, ARGV[2], 1, true)
  while at and at % 8 ~= 1 do
    at = string.find(ops, ARGV[2], at + 1, true)
  end
  if at then
    return OK
  end
  name, value = '@ops', string.sub(ops, -24) .. ARGV[2] -- the last three and this one
end
