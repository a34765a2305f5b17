-- ARGV[2]  nonce, filled up to 8 characters, or ''
-- ARGV[3]  and on: the delta, see change.lua

local first, name, value = 8, '@id', id -- '@id' stays as it is
if ARGV[2] ~= '' then
  local ops = found[6] or ''
  for at = 1, #ops, 8 do
    if string.sub(ops, at, at + 7) == ARGV[2] then
      return OK
    end
  end
  name, value = '@ops', string.sub(ops, -24) .. ARGV[2] -- the last three and this one
end
