-- Reads the last minutes and the living instances.
--
-- KEYS    as of report.lua
-- ARGV[1] prefix of the minutes' keys
-- ARGV[2] how many minutes
-- ARGV[3] how long an instance is listed after its last report, in milliseconds
--
-- Reply: now (Unix milliseconds); the fields of each minute, the earliest first; last report and words of each instance
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local last = math.floor(now / 60000)
local minutes = {}
for i = 1, tonumber(ARGV[2]) do
  minutes[i] = redis.call('HGETALL', ARGV[1] .. 'minute:' .. string.format('%.0f', last - tonumber(ARGV[2]) + i))
end

local instances = {}
local seen = redis.call('ZRANGEBYSCORE', KEYS[1], string.format('%.0f', now - tonumber(ARGV[3])), '+inf', 'WITHSCORES')
for i = 1, #seen, 2 do
  local about = redis.call('HGET', KEYS[2], seen[i])
  if about then
    instances[#instances + 1] = string.format('%.0f', tonumber(seen[i + 1]))
    instances[#instances + 1] = about
  end
end

return { now, minutes, instances }
