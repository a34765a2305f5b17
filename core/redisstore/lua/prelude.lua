-- Every script begins with this file. Numbers are stored as integers in
-- strings: Lua's own formatting rounds them to 14 digits.

local OK, GONE, RENEWED, EXISTS = 1, 0, 2, 3

local function now()
  local t = redis.call('TIME')
  return t[1] * 1000 + math.floor(t[2] / 1000)
end

local function int(n)
  return string.format('%.0f', n)
end

-- alive returns the absolute deadline of the session under the key, and whether
-- its idle time reaches up to it; or nil and the status to reply with. Redis
-- itself ends a session at its deadline, unless somebody took the key's TTL away.
local function alive(key, time)
  local found = redis.call('HMGET', key, '@deadline', '@next', '@final')
  local deadline = tonumber(found[1] or '')
  if found[2] then
    return nil, RENEWED
  end
  if not deadline or deadline <= time then
    return nil, GONE
  end
  return deadline, found[3] == '1'
end

-- chunked runs the command with list[from..to], few enough at a time for Lua's
-- stack. 1,000 is even, so a field stays with its value.
local function chunked(command, key, list, from, to)
  for i = from, to, 1000 do
    redis.call(command, key, unpack(list, i, math.min(i + 999, to)))
  end
end

local function clear(key)
  local fields = {}
  for _, field in ipairs(redis.call('HKEYS', key)) do
    if string.sub(field, 1, 1) ~= '@' then
      fields[#fields + 1] = field
    end
  end
  chunked('HDEL', key, fields, 1, #fields)
end

-- extend gives the key its idle time, but no life beyond the deadline. final
-- says that the record has been marked for that.
local function extend(key, time, deadline, idle, final)
  local rest = deadline - time
  if rest > tonumber(idle) then
    redis.call('PEXPIRE', key, idle)
    if final then
      redis.call('HDEL', key, '@final')
    end
  else
    redis.call('PEXPIRE', key, int(rest))
    redis.call('HSET', key, '@final', '1')
  end
end

-- change applies a delta to the session under the key, and writes the reserved
-- fields that are in the list. The arguments from ARGV[at] on are: idle time,
-- absolute time, user to log in or '', '1' to clear or '', number of fields to
-- delete, those fields, and pairs of fields to set.
local function change(key, time, deadline, final, fields, at)
  local user, clearing, last = ARGV[at + 2], ARGV[at + 3] == '1', at + 4 + ARGV[at + 4]
  if user ~= '' then
    deadline = time + ARGV[at + 1]
    local n = #fields
    fields[n + 1], fields[n + 2], fields[n + 3], fields[n + 4] = '@user', user, '@login', int(time)
    fields[n + 5], fields[n + 6] = '@deadline', int(deadline)
  end
  if clearing or last > at + 4 then
    -- A server out of memory refuses a script's first command that may need some,
    -- and no later one. An HDEL needs none; so this write, needed or not, comes
    -- before it, and a change is refused as a whole.
    redis.call('HSET', key, '@deadline', int(deadline))
    if clearing then
      clear(key)
    end
    chunked('HDEL', key, ARGV, at + 5, last)
  end
  chunked('HSET', key, fields, 1, #fields)
  chunked('HSET', key, ARGV, last + 1, #ARGV)
  extend(key, time, deadline, ARGV[at], final)
end
