-- Counts.
--
-- KEYS    of the queue
-- ARGV[1] prefix of the keys
--
-- Reply: queued, running, delayed, dead; how long the oldest queued task has waited in milliseconds; tasks finished within the last minute
--#include steps/queue.lua
local MOST_STALE = 1000

-- When the first task of a list was queued. Entries of cancelled tasks in front of it are dropped.
local function oldest(list)
  for _ = 1, MOST_STALE do
    local id = redis.call('LINDEX', list, 0)
    if not id then
      return now
    end

    local header = redis.call('GETRANGE', task_key(id), 0, 42)
    if string.sub(header, 1, 1) == 'q' then
      return tonumber(string.sub(header, 31, 43))
    end

    redis.call('LPOP', list)
    redis.call('DECR', STALE)
  end

  return now
end

local waited = now - math.min(oldest(HIGH), oldest(NORMAL))
local queued = redis.call('LLEN', HIGH) + redis.call('LLEN', NORMAL) - tonumber(redis.call('GET', STALE) or 0)

-- The counter of this step of 10 seconds, the five before, and as much of the sixth as makes up a minute.
local step = math.floor(now / 10000)
local finished = 0
for i = 0, 6 do
  local count = tonumber(redis.call('GET', PREFIX .. 'throughput:' .. string.format('%09.0f', step - i)) or 0)
  finished = finished + (i < 6 and count or count * (1 - now % 10000 / 10000))
end

return { queued, redis.call('ZCARD', LEASES), redis.call('ZCARD', DELAYED), redis.call('ZCARD', DEAD), waited, math.floor(finished + 0.5) }
