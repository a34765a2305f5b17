-- ARGV[2]  nonce, or ''
-- ARGV[3]  and on: the delta, see change.lua

if not alive or found[1] ~= id then
  return absence()
end
local first, name, value = 7, '@id', id -- '@id' stays as it is
if ARGV[2] ~= '' then
  local ops = found[6] or ''
  -- A nonce is printable, so it holds no '\n'.
  if string.find(ops .. '\n', '\n' .. ARGV[2] .. '\n', 1, true) then
    return OK
  end
  -- The last three and this one. Of an older one without its '\n' nothing is found.
  name, value = '@ops', string.sub(ops, -27) .. '\n' .. ARGV[2]
end
