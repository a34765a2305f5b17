-- A server out of memory refuses an HSET unless the script has written before.
call('PEXPIRE', key, till - now)
call('HSET', key, '@u', used)
return OK
