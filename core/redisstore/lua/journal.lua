-- In place of save.lua, for saves that must not be done twice. The field @n is a
-- store.Journal: 10 digits for the second up to which saves may be missing, and for
-- each save 6 characters of its nonce, '+' if it was a repetition and otherwise '-',
-- and 10 digits for its second.
--
-- ARGV[2]  nonce, filled up to 6 characters, or ''
-- ARGV[3]  and on: the delta, see change.lua and once.lua

local first, user = 6
if ARGV[2] ~= '' then
  journal = call('HMGET', key, '@n')[1] or '0000000000'
  local at = string.find(journal, ARGV[2], 11, true)
  while at and at % 17 ~= 11 do
    at = string.find(journal, ARGV[2], at + 1, true)
  end
  if at then
    return OK
  end
  local after, lost = tonumber(ARGV[#ARGV]), tonumber(string.sub(journal, 1, 10))
  -- What was lost in that second may have come at its end.
  if after > 0 and lost * 1000 + 1000 > now - after - MEMORY then
    return FORGOTTEN
  end
  local from, oldest = 11, math.floor((now - MEMORY) / 1000) - 10
  local second = tonumber(string.sub(journal, 18, 27))
  while second and second < oldest do
    from, lost = from + 17, math.max(lost, second)
    second = tonumber(string.sub(journal, from + 7, from + 16))
  end
  journal, second = string.sub(journal, from), string.format('%010.0f', math.floor(now / 1000))
  local has_room = #journal < ONCES * 17
  if not has_room then
    at = 7
    while string.sub(journal, at, at) == '+' do -- whose first attempt may come yet
      at = at + 17
    end
    if at < #journal then
      lost, has_room = math.max(lost, tonumber(string.sub(journal, at + 1, at + 10))), true
      journal = string.sub(journal, 1, at - 7) .. string.sub(journal, at + 11)
    elseif after > 0 then
      return FORGOTTEN
    else
      lost = tonumber(second)
    end
  end
  if has_room then
    journal = journal .. ARGV[2] .. (after > 0 and '+' or '-') .. second
  end
  journal = string.format('%010.0f', lost) .. journal
end
