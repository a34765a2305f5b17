-- What comes before change.lua if a delta has what must not be done twice. The fields
-- to take are the first of those to delete. What is added becomes fields to set, in
-- numbers up to 2^53-1, which Lua has exactly.
--
-- ARGV ends with, for each field to add to, its name, the number and the limit or '';
-- how many these are; how many fields to take; and, for journal.lua, how many
-- milliseconds ago the first attempt began, or 0.

local adds, takes = tonumber(ARGV[#ARGV - 2]), tonumber(ARGV[#ARGV - 1])
local before = #ARGV - 3 - 3 * adds
for i = first, first + takes - 1, 1000 do -- Lua's stack takes a few thousand arguments
  local till = math.min(i + 999, first + takes - 1)
  for _, there in ipairs(call('HMGET', key, unpack(ARGV, i, till))) do
    if not there then
      return TAKEN
    end
  end
end
local names, sums = {}, {}
for i = 1, adds do
  names[i] = ARGV[before + 3 * i - 2]
end
for i = 1, adds, 1000 do
  for _, value in ipairs(call('HMGET', key, unpack(names, i, math.min(i + 999, adds)))) do
    sums[#sums + 1] = value
  end
end
for i, value in ipairs(sums) do
  local number, limit = tonumber(ARGV[before + 3 * i - 1]), ARGV[before + 3 * i]
  local sum = number
  if value then
    local n = #value < 18 and string.find(value, '^-?%d+$') and tonumber(value)
    if not n or value ~= string.format('%.0f', n) or value == '-0'
      or math.abs(n) > 9007199254740991 then
      return NO_COUNT + 16 * i
    end
    sum = sum + n
    size = size - 32 - #names[i] - #value -- which is set anew
  end
  if math.max(math.abs(number), math.abs(sum)) > 9007199254740991 then
    return OVERFLOW + 16 * i
  elseif limit ~= '' and sum - limit > 0 then
    return AT_LIMIT + 16 * i
  end
  sums[i] = string.format('%.0f', sum)
end
for i = #ARGV, before + 1, -1 do
  ARGV[i] = nil
end
for i, sum in ipairs(sums) do
  local grows = 32 + #names[i] + #sum
  ARGV[3], ARGV[4] = ARGV[3] + grows, ARGV[4] - grows
  ARGV[#ARGV + 1] = names[i]
  ARGV[#ARGV + 1] = sum
end
if journal then
  ARGV[#ARGV + 1] = '@n'
  ARGV[#ARGV + 1] = journal
end
