-- Gives back what acquire.lua took: for a request that another limit rejected, and for concurrency permits that are no longer held.
-- What has expired meanwhile stays as it is.
--
-- KEYS    one per limit, all with the same hash tag
-- ARGV[1] permits taken of each
-- ARGV[2] name of the lease
-- ARGV[3] when they were taken (Unix microseconds, from the reply of acquire.lua)
-- then for each limit: algorithm (s, t, f, c), limit, window in microseconds, and a time (Unix microseconds): for f the end of the window,
--         for t when the bucket would be full if the permits had not been taken
--
-- Reply: 1
--#include keep.lua
--#include weighted_log.lua
--#include leases.lua
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local permits = tonumber(ARGV[1])

local refund = {}

-- Entries of the same microsecond are alike: it does not matter which is removed.
function refund.s(key, _, window)
  if tonumber(ARGV[3]) + window <= now then
    return
  end

  local oldest = tonumber(redis.call('LINDEX', key, 0))
  if oldest and oldest < 0 then
    weighted_log.refund(key, tonumber(ARGV[3]), permits)
  else
    redis.call('LREM', key, -permits, ARGV[3])
  end
end

-- A bucket that would be full by now would have let permits run over: so much of the refund is no longer due.
function refund.t(key, limit, window, full_at_else)
  local interval = math.ceil(window / limit)
  local lost = math.max(now - math.max(full_at_else, tonumber(ARGV[3])), 0)
  local full_at = tonumber(redis.call('GET', key) or 0) - math.max(permits * interval - lost, 0)
  if full_at <= now then
    redis.call('DEL', key)
  else
    redis.call('SET', key, string.format('%.0f', full_at), 'PX', string.format('%.0f', math.ceil((full_at - now) / 1000)))
  end
end

function refund.f(key, _, window, ends)
  -- Only in the window in which they were taken: the next one ends a whole window later.
  local left = redis.call('PTTL', key)
  if left > 0 and math.abs(now + left * 1000 - ends) < window / 2 then
    local count = tonumber(redis.call('GET', key) or 0)
    if count <= permits then
      redis.call('DEL', key)
    else
      redis.call('INCRBY', key, -permits)
    end
  end
end

function refund.c(key)
  leases.release(key, ARGV[2], permits)
end

for i, key in ipairs(KEYS) do
  local at = 4 * i
  refund[ARGV[at]](key, tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3]))
end

return 1
