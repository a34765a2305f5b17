-- The end of the scripts that end sessions: the record becomes the memory of its
-- end, which was at the time ended and is remembered until the time till.
-- broken says that the key is of another type. reply is what the script replies.

-- A server out of memory refuses an HSET unless the script has written before. A
-- Cluster refuses it while the slot migrates, if the script has deleted the key.
if broken then
  call('PEXPIRE', key, 0) -- deletes it
else
  call('HDEL', key, '@user')
end
call('HSET', key, '@id', id, '@ended', ended, '@u', till)
local rest = {}
for _, field in ipairs(call('HKEYS', key)) do
  if field ~= '@id' and field ~= '@ended' and field ~= '@u' then
    rest[#rest + 1] = field
  end
end
for i = 1, #rest, 1000 do -- Lua's stack takes a few thousand arguments
  call('HDEL', key, unpack(rest, i, math.min(i + 999, #rest)))
end
call('PEXPIRE', key, till - now)
return reply
