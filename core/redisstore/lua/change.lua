-- The end of the scripts for save and renew.
--
-- ARGV[3]      bytes of the names and values to set
-- ARGV[4]      the most bytes that the session may hold
-- ARGV[5]      the most fields
-- ARGV[6]      number of fields to delete; -1 to delete all
-- ARGV[first]  and on: fields to delete, none of them to be set, and pairs of
--              fields to set

local added, most_bytes, most_fields = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local deletes, clear = tonumber(ARGV[6]), ARGV[6] == '-1'
local last = first - 1 + math.max(deletes, 0) -- of those to delete
local sets = (#ARGV - last) / 2

-- count returns how many bytes and fields the session has and would have.
local function count()
  local sizes, bytes, fields, all = {}, 0, 0, call('HGETALL', key)
  for i = 1, #all, 2 do
    if string.sub(all[i], 1, 1) ~= '@' then
      local size = #all[i] + #all[i + 1]
      sizes[all[i]], bytes, fields = size, bytes + size, fields + 1
    end
  end
  if clear then
    return bytes, fields, added, sets
  end
  local bytes_then, fields_then = bytes + added, fields + sets
  local function drop(name)
    if sizes[name] then
      bytes_then, fields_then, sizes[name] = bytes_then - sizes[name], fields_then - 1, nil
    end
  end
  for i = first, last do
    drop(ARGV[i])
  end
  for i = last + 1, #ARGV, 2 do
    drop(ARGV[i])
  end
  return bytes, fields, bytes_then, fields_then
end

-- The size is a bound: who saves does not know what was there. At most one name
-- is empty, so it bounds the number of fields too; so does HLEN.
size = clear and added or size + added
if size > most_bytes or size >= most_fields and (clear and 0 or call('HLEN', key)) + sets > most_fields then
  local bytes, fields, bytes_then, fields_then = count()
  if bytes_then > math.max(most_bytes, bytes) then
    return BYTES + 16 * bytes_then
  elseif fields_then > math.max(most_fields, fields) then
    return FIELDS + 16 * fields_then
  end
  size = bytes_then
end

-- A server out of memory refuses the first command of a script that may need
-- some, and no later one. An HDEL needs none, so an HSET comes before it.
till = math.min(now + idle, deadline)
local done = clear and last or math.min(last + 1000, #ARGV)
call('HSET', key, '@until', till, '@size', size, name, value, unpack(ARGV, last + 1, done))
if name == '@id' and value ~= id then
  call('HSET', key, '@renewed', now)
  if user ~= '' then
    call('HSET', key, '@user', user, '@login', now, '@deadline', deadline, '@idle', idle)
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
