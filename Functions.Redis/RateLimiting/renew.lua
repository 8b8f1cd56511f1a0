-- Prolongs the lease of concurrency permits that are still held.
--
-- KEYS[1] concurrency limit (see concurrency.lua)
-- ARGV[1] permits
-- ARGV[2] name of the lease
-- ARGV[3] window in microseconds
--
-- Reply: 1 if all permits are held for another window, 0 if a lease has ended before
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local window = tonumber(ARGV[3])
local ends = string.format('%.0f', now + window)
local held = 1
for number = 1, tonumber(ARGV[1]) do
  local member = ARGV[2] .. ':' .. number
  local score = redis.call('ZSCORE', KEYS[1], member)
  if score and tonumber(score) > now then
    redis.call('ZADD', KEYS[1], ends, member)
  else
    held = 0
  end
end

if held == 1 and redis.call('PTTL', KEYS[1]) < window / 1000 then
  redis.call('PEXPIRE', KEYS[1], string.format('%.0f', math.ceil(window / 1000)))
end

return held
