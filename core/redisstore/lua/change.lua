-- The end of the scripts for save and renew.
--
-- ARGV[3]      bytes of the names and values to set
-- ARGV[4]      the size up to which the change cannot pass a limit
-- ARGV[5]      the most bytes that the session may hold
-- ARGV[6]      the most fields
-- ARGV[7]      number of fields to delete; -1 to delete all
-- ARGV[first]  and on: fields to delete, none of them to be set, and pairs of
--              fields to set

local clear = ARGV[7] == '-1'
local last = clear and first - 1 or first - 1 + ARGV[7] -- of those to delete
if clear then
  size = 0
end

-- The size is a bound: who saves does not know what was there. At most one name
-- is empty, so the size bounds the number of fields too, and so does HLEN.
if size > ARGV[4] + 0 then
  local added, most_bytes, most_fields = tonumber(ARGV[3]), tonumber(ARGV[5]), tonumber(ARGV[6])
  local sets = (#ARGV - last) / 2
  if size + added > most_bytes or call('HLEN', key) + sets > most_fields then
    local sizes, bytes, fields, all = {}, 0, 0, call('HGETALL', key)
    for i = 1, #all, 2 do
      if string.sub(all[i], 1, 1) ~= '@' then
        sizes[all[i]] = #all[i] + #all[i + 1]
        bytes, fields = bytes + sizes[all[i]], fields + 1
      end
    end
    local bytes_then, fields_then = added, sets
    if not clear then
      for i = first, last do
        sizes[ARGV[i]] = nil
      end
      for i = last + 1, #ARGV, 2 do
        sizes[ARGV[i]] = nil
      end
      for _, size in pairs(sizes) do
        bytes_then, fields_then = bytes_then + size, fields_then + 1
      end
    end
    if bytes_then > math.max(most_bytes, bytes) then
      return BYTES + 16 * bytes_then
    elseif fields_then > math.max(most_fields, fields) then
      return FIELDS + 16 * fields_then
    end
    size = bytes_then - added
  end
end

-- A server out of memory refuses the first command of a script that may need
-- some, and no later one. An HDEL needs none, so an HSET comes before it.
till = math.min(now + idle, deadline)
local done = clear and last or math.min(last + 1000, #ARGV)
call('HSET', key, '@until', till, '@size', size + ARGV[3], name, value, unpack(ARGV, last + 1, done))
if value == ARGV[2] and name == '@id' then
  -- Of a login the time is there already, unless the session was created now.
  if user ~= '' then
    call('HSET', key, '@user', user, '@login', now, '@deadline', deadline, '@idle', idle)
  end
  if user == '' or tonumber(call('HGET', key, '@created')) == now then
    call('HSET', key, '@renewed', now)
  end
end

-- Lua's stack takes a few thousand arguments.
if clear then
  local all = {}
  for _, field in ipairs(call('HKEYS', key)) do
    if string.sub(field, 1, 1) ~= '@' then
      all[#all + 1] = field
    end
  end
  for i = 1, #all, 1000 do
    call('HDEL', key, unpack(all, i, math.min(i + 999, #all)))
  end
end
for i = first, last, 1000 do
  call('HDEL', key, unpack(ARGV, i, math.min(i + 999, last)))
end
for i = done + 1, #ARGV, 1000 do
  call('HSET', key, unpack(ARGV, i, math.min(i + 999, #ARGV)))
end
call('PEXPIREAT', key, till)
return OK
