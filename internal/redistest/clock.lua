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
  -- A journal has seconds: 10 digits, and the last 10 of every 17 characters behind.
  local journal = redis.call('HGET', key, '@n')
  if journal then
    local function older(second)
      return string.format('%010.0f', math.max(0, second - math.floor(d / 1000)))
    end
    local aged = older(string.sub(journal, 1, 10))
    for at = 11, #journal, 17 do
      aged = aged .. string.sub(journal, at, at + 6) .. older(string.sub(journal, at + 7, at + 16))
    end
    redis.call('HSET', key, '@n', aged)
  end
end
return 1
