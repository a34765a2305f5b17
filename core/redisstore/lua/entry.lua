-- enter puts a member into a sorted set until its deadline; how is '' or an option
-- of ZADD. The set goes with its last member.
local function enter(set, how, member, deadline, now)
  local is_new = call('PTTL', set) < 0
  if how ~= '' then
    call('ZADD', set, how, deadline, member)
  else
    call('ZADD', set, deadline, member)
  end
  if is_new then
    call('PEXPIRE', set, deadline - now)
    return
  end
  -- More than one login adds, and few enough to hold nobody up.
  local past = call('ZREVRANGEBYSCORE', set, now, '-inf', 'LIMIT', 0, 100)
  if #past > 0 then
    call('ZREM', set, unpack(past))
  end
  local last = call('ZREVRANGEBYSCORE', set, '+inf', '-inf', 'WITHSCORES', 'LIMIT', 0, 1)
  call('PEXPIRE', set, last[2] - now)
end
