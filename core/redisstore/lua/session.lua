-- Scripts that change a session have this file behind the prelude. The id opens
-- the session if alive.

local found = call('HMGET', key, '@id', '@until', '@deadline', '@idle', '@size', '@ops')
local till, deadline, idle, size = tonumber(found[2]), tonumber(found[3]), tonumber(found[4]), tonumber(found[5])
local alive = till and deadline and idle and size and till > now
