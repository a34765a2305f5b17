-- In place of save.lua, for saves that must not be done twice. The field @n is a
-- store.Journal in at most 63 bytes, so that the hash stays small: 10 digits for the
-- second up to which saves may be missing, 10 for the second of the last one, and for
-- each save 6 characters of its nonce and one that has its time, in units of 8 s
-- modulo 32, plus 32 if it was a repetition.
--
-- ARGV[2]  nonce, filled up to 6 characters, or ''
-- ARGV[3]  and on: the delta, see change.lua and once.lua

local first, user = 6
if ARGV[2] ~= '' then
  journal = call('HMGET', key, '@n')[1] or '00000000000000000000'
  for at = 21, #journal, 7 do
    if string.sub(journal, at, at + 5) == ARGV[2] then
      return OK
    end
  end
  local after, lost = tonumber(ARGV[#ARGV]), tonumber(string.sub(journal, 1, 10))
  -- What was lost in that second may have come at its end.
  if after > 0 and lost * 1000 + 1000 > now - after - MEMORY then
    return FORGOTTEN
  end
  -- A clock that goes back must make no save look old.
  local second = math.max(math.floor(now / 1000), tonumber(string.sub(journal, 11, 20)))
  local last, oldest = math.floor(string.sub(journal, 11, 20) / 8), (now - MEMORY) / 1000 - 10
  local saves, untils = {}, {}
  for at = 21, #journal, 7 do
    local unit = string.byte(journal, at + 6) - 48
    local till = 8 * (last - (last - unit) % 32) + 8 -- or up to 8 s before
    if till < oldest then
      lost = math.max(lost, till)
    else
      saves[#saves + 1], untils[#untils + 1] = string.sub(journal, at, at + 6), till
    end
  end
  local drop = 1
  while saves[drop] and string.byte(saves[drop], 7) >= 80 do
    drop = drop + 1 -- a repetition, whose first attempt may come yet
  end
  local has_room = #saves < ONCES
  if not has_room and saves[drop] then
    lost, has_room = math.max(lost, untils[drop]), true
    table.remove(saves, drop)
  elseif not has_room and after > 0 then
    return FORGOTTEN
  elseif not has_room then
    lost = second
  end
  if has_room then
    local unit = math.floor(second / 8) % 32 + (after > 0 and 32 or 0)
    saves[#saves + 1] = ARGV[2] .. string.char(48 + unit)
  end
  journal = string.format('%010.0f%010.0f', lost, second) .. table.concat(saves)
end
