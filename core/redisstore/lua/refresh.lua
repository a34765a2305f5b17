till = now + idle
if till - deadline > 0 then
  till = deadline + 0
end
-- A server out of memory refuses an HSET unless the script has written before.
call('PEXPIRE', key, till - now)
call('HSET', key, '@u', till)
return OK
