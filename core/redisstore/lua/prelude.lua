-- Every script begins with this file. KEYS[1] is the session's key, ARGV[1] the
-- place and the fingerprint. The scripts have no functions of their own: making
-- them costs as much as running them.
--
-- Numbers go to redis.call as they are: tostring would round them to 14 digits.

-- A script replies with a status and, 16 times, how many milliseconds ago
-- something happened or how much the session would hold.
local NOT_FOUND, OK, EXISTS, ENDED, RENEWED, BYTES, FIELDS, CORRUPT, NOTHING = 0, 1, 2, 3, 4, 5, 6, 7, 8

local call, key, id = redis.call, KEYS[1], ARGV[1]
local clock = call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
