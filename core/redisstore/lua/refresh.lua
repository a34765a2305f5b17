till = math.min(now + idle, deadline)
-- A server out of memory refuses an HSET unless the script has written before.
call('PEXPIREAT', key, till)
call('HSET', key, '@until', till)
return OK
