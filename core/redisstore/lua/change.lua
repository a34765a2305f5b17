-- The end of the scripts for save and renew.
--
-- ARGV[3]      what the fields to set add to the size
-- ARGV[4]      the size up to which the change cannot pass a limit; -1 if fields
--              are to be deleted, or very many to be set
-- ARGV[5]      the number of fields to delete, or -1 to delete all; the limits of
--              bytes and of fields; and the same two for a session without a
--              login, if they are others
-- ARGV[first]  and on: fields to delete, none of them to be set, and pairs of
--              fields to set

local last, done = first - 1, #ARGV -- of those to delete, and of those to set first
local clear = false
local stale = {} -- fields to delete: see parts.go

-- The size bounds the bytes plus 32 for each field, so it bounds the number of
-- fields too. Who saves does not know what was there, so saves only add to it.
if size - ARGV[4] > 0 then
  local deletes, most_bytes, most_fields, guest = string.match(ARGV[5], '(-?%d+) (%d+) (%d+)(.*)')
  local too_many_bytes, too_many_fields = BYTES, FIELDS
  if guest ~= '' and not call('HMGET', key, '@user')[1] then
    most_bytes, most_fields = string.match(guest, '(%d+) (%d+)')
    too_many_bytes, too_many_fields = GUEST_BYTES, GUEST_FIELDS
  end
  most_bytes, most_fields = tonumber(most_bytes), tonumber(most_fields)
  clear = deletes == '-1'
  if clear then
    size, done = 0, last
  else
    last = last + deletes
    done = math.min(last + 1000, #ARGV)
  end
  local added, sets, set = tonumber(ARGV[3]), 0, {}
  for i = last + 1, #ARGV, 2 do
    set[ARGV[i]] = true
    if string.sub(ARGV[i], 1, 1) ~= '@' then
      sets = sets + 1
    end
  end
  local room = math.min(most_bytes, 32 * most_fields) - added
  local has = size - room > 0 and call('HLEN', key)
  -- If there are few fields, count them, so that the next changes need not.
  if has and (size + added > most_bytes or has + sets > most_fields or has < 64) then
    local sizes, parts, bytes, fields, all = {}, {}, 0, 0, call('HGETALL', key)
    for i = 1, #all, 2 do
      local name, value = all[i], all[i + 1]
      if string.sub(name, 1, 1) ~= '@' then
        parts[name] = string.match(value, '^%*(%d)')
        sizes[name], fields = #name + #value - (parts[name] and 2 or 0), fields + 1
        bytes = bytes + sizes[name]
      end
    end
    for i = 1, #all, 2 do
      local n, name = string.match(all[i], '^@(%d)(.*)')
      if n and n - (parts[name] or 0) <= 0 then
        sizes[name], bytes = sizes[name] + #all[i + 1], bytes + #all[i + 1]
      elseif n and not set[all[i]] then
        stale[#stale + 1] = all[i]
      end
    end
    for i = first, last do
      sizes[ARGV[i]] = nil
    end
    for i = last + 1, #ARGV, 2 do
      sizes[ARGV[i]] = nil
    end
    local bytes_then, fields_then = added - 32 * sets, sets
    for _, kept in pairs(clear and {} or sizes) do
      bytes_then, fields_then = bytes_then + kept, fields_then + 1
    end
    if bytes_then > math.max(most_bytes, bytes) then
      return too_many_bytes + 16 * bytes_then
    elseif fields_then > math.max(most_fields, fields) then
      return too_many_fields + 16 * fields_then
    end
    size = bytes_then + 32 * fields_then - added
  end
end

local last_use = string.format('%d', used) -- faster than the number itself
if #last_use < 13 then -- a server of 32 bits
  last_use = string.format('%.0f', used)
end
if user then
  for i = 2, #KEYS do
    enter(KEYS[i], '', string.sub(id, 1, 12), deadline, now)
  end
end
-- A server out of memory refuses the first command of a script that may need
-- some, and no later one. An HDEL needs none, so an HSET comes before it.
if not user then
  call('HSET', key, '@u', last_use, '@s', string.format('%d', size + ARGV[3]), '@id', record,
    unpack(ARGV, last + 1, done))
elseif user == '' then -- a renewal
  call('HSET', key, '@u', last_use, '@s', string.format('%d', size + ARGV[3]), '@id', record,
    '@renewed', now, unpack(ARGV, last + 1, done))
else -- what else a login has is among the fields to set
  call('HSET', key, '@u', last_use, '@s', string.format('%d', size + ARGV[3]), '@id', record,
    '@user', user, '@login', now, '@d', deadline, '@i', idle, unpack(ARGV, last + 1, done))
  if ARGV[9] ~= '' then
    call('HDEL', key, ARGV[9])
  end
  if ARGV[10] ~= '' then
    call('HDEL', key, ARGV[10])
  end
end
if clear then
  local all = {}
  for _, field in ipairs(call('HKEYS', key)) do
    if not string.find(field, '^@%a') then
      all[#all + 1] = field
    end
  end
  for i = 1, #all, 1000 do -- Lua's stack takes a few thousand arguments
    call('HDEL', key, unpack(all, i, math.min(i + 999, #all)))
  end
end
if last - first >= 0 and last - first < 1000 then -- of more, parts are left over
  for j, value in ipairs(call('HMGET', key, unpack(ARGV, first, last))) do
    if value and string.sub(value, 1, 1) == '*' then
      for n = 1, 7 do
        stale[#stale + 1] = '@' .. n .. ARGV[first + j - 1]
      end
    end
  end
end
for i = first, last, 1000 do
  call('HDEL', key, unpack(ARGV, i, math.min(i + 999, last)))
end
for i = 1, #stale, 1000 do
  call('HDEL', key, unpack(stale, i, math.min(i + 999, #stale)))
end
for i = done + 1, #ARGV, 1000 do
  call('HSET', key, unpack(ARGV, i, math.min(i + 999, #ARGV)))
end
call('PEXPIRE', key, till - now)
return OK
