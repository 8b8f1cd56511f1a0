-- Exact sliding window: a request is allowed if fewer than the limit were allowed in the window before it. Only allowed requests are
-- recorded, and checking and recording are one step.
--
-- KEYS[1] log: times of the allowed requests, oldest first (Unix microseconds)
-- ARGV[1] limit
-- ARGV[2] window in microseconds
-- ARGV[3] permits that this request takes; 0 only asks whether there is one
--
-- Reply: { allowed (1 or 0), remaining, now (Unix milliseconds), milliseconds until the oldest request leaves the window,
--          milliseconds until this request can be allowed }
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local limit = tonumber(ARGV[1])
local window = tonumber(ARGV[2])
local permits = tonumber(ARGV[3])

local oldest = redis.call('LINDEX', KEYS[1], 0)
while oldest and tonumber(oldest) <= now - window do
  redis.call('LPOP', KEYS[1])
  oldest = redis.call('LINDEX', KEYS[1], 0)
end

local count = redis.call('LLEN', KEYS[1])
local needed = math.max(permits, 1)
local allowed = count + needed <= limit
local wait = 0
if allowed then
  for _ = 1, permits do
    redis.call('RPUSH', KEYS[1], string.format('%.0f', now))
  end

  if permits > 0 then
    redis.call('PEXPIRE', KEYS[1], string.format('%.0f', math.ceil(window / 1000)))
    count = count + permits
    oldest = oldest or now
  end
elseif needed <= limit then
  -- The request fits when this many of the oldest have left.
  local last = redis.call('LINDEX', KEYS[1], count + needed - limit - 1)
  wait = tonumber(last) + window - now
else
  wait = window
end

local reset = oldest and tonumber(oldest) + window - now or 0
return { allowed and 1 or 0, math.max(limit - count, 0), math.floor(now / 1000), math.ceil(reset / 1000), math.ceil(wait / 1000) }
