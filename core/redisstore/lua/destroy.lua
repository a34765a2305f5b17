-- KEYS[1]  the session, or the mark that it was renewed
-- ARGV[1]  what precedes the secret in the keys of this place
--
-- The keys that the marks lead to are not in KEYS. They have the hash tag of
-- KEYS[1], so a Cluster keeps them in the same slot.

local key = KEYS[1]
while redis.call('TYPE', key).ok == 'hash' do
  local next = redis.call('HGET', key, '@next')
  if not next then
    break
  end
  key = ARGV[1] .. next
end
redis.call('DEL', key)
return OK
