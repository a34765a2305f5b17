-- KEYS[1]: any key. ARGV[1]: milliseconds; the rest: fields that hold a time.
-- The scores of sorted sets are times.
local key, d = KEYS[1], ARGV[1]
local ttl = redis.call('PTTL', key)
if ttl >= 0 then
  -- Deletes the key if nothing is left.
  redis.call('PEXPIRE', key, string.format('%.0f', ttl - tonumber(d)))
end
local type = redis.call('TYPE', key).ok
if type == 'zset' then
  local all = redis.call('ZRANGE', key, 0, -1)
  for i = 1, #all do
    redis.call('ZINCRBY', key, '-' .. d, all[i])
  end
elseif type == 'hash' then
  for i = 2, #ARGV do
    local time = redis.call('HGET', key, ARGV[i])
    if time and string.find(time, '^%-?%d+$') then
      redis.call('HINCRBY', key, ARGV[i], '-' .. d)
    end
  end
  -- A journal has two times in seconds, of 10 digits each, and the last of every 7
  -- characters behind has one in units of 8 s, modulo 32, and whether it was a repetition.
  local journal = redis.call('HGET', key, '@n')
  if journal then
    local seconds = math.floor(d / 1000)
    local function older(second) return math.max(0, second - seconds) end
    local last = tonumber(string.sub(journal, 11, 20))
    local aged = string.format('%010.0f%010.0f', older(string.sub(journal, 1, 10)), older(last))
    for at = 21, #journal, 7 do
      local code = string.byte(journal, at + 6) - 48
      local unit = math.floor(last / 8) - (math.floor(last / 8) - code) % 32
      unit = math.min(math.ceil(older(8 * unit + 8) / 8) - 1, math.floor(older(last) / 8))
      aged = aged .. string.sub(journal, at, at + 5)
        .. string.char(48 + unit % 32 + (code >= 32 and 32 or 0))
    end
    redis.call('HSET', key, '@n', aged)
  end
end
return 1
