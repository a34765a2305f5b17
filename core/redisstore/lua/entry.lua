-- enter puts a member into a sorted set until its deadline; how is '' or an option
-- of ZADD. The set goes with its last member.
local function enter(set, how, member, deadline, now)
  local left = call('PTTL', set) -- negative if the set is new
  if how ~= '' then
    call('ZADD', set, how, deadline, member)
  else
    call('ZADD', set, deadline, member)
  end
  if deadline - now > left then
    call('PEXPIRE', set, deadline - now)
  end
  if left >= 0 then
    -- More than one login adds, and few enough to hold nobody up.
    local past = call('ZREVRANGEBYSCORE', set, now, '-inf', 'LIMIT', 0, 100)
    if #past > 0 then
      call('ZREM', set, unpack(past))
    end
  end
end
