-- Every script begins with this file. KEYS[1] is the session's key, ARGV[1] the
-- place and the fingerprint. Saves are most of what a server runs, so the scripts
-- have no functions of their own, convert few numbers, and leave what is rare to
-- the end.

-- A script replies with a status and, 16 times, how many milliseconds ago
-- something happened or how much the session would hold.
local NOT_FOUND, OK, EXISTS, ENDED, RENEWED = 0, 1, 2, 3, 4
local BYTES, FIELDS, CORRUPT, NOTHING, GUEST_BYTES, GUEST_FIELDS = 5, 6, 7, 8, 9, 10

local call, key, id = redis.call, KEYS[1], ARGV[1]
