-- Sliding window, exact: allowed if fewer permits than the limit were taken in the window before now. Only allowed requests are recorded.
-- State: a list of the times of the permits in the window, oldest first (Unix microseconds). Once a request takes several permits the list is
-- a weighted log instead (weighted_log.lua), which begins with a negative number, until all of it has left the window.
--
-- The cost does not grow with the permits that a request takes, and only with the logarithm of those that have left the window together.
local function sliding_window(key, now, limit, window, permits, take)
  local needed = permits > 0 and permits or 1
  local oldest = tonumber(redis.call('LINDEX', key, '0'))
  if oldest and oldest < 0 then
    return weighted_log.decide(key, now, limit, window, permits, take)
  end

  if oldest and oldest + window <= now then
    local expired = first_where(function(i)
      oldest = tonumber(redis.call('LINDEX', key, i))
      return not oldest or oldest + window > now
    end)
    redis.call('LTRIM', key, expired, -1)
    oldest = tonumber(redis.call('LINDEX', key, '0'))
  end

  local count = oldest and redis.call('LLEN', key) or 0
  if count + needed > limit then
    local wait = window
    if needed <= limit then
      -- It fits when this many of the oldest have left.
      local last = count + needed - limit - 1
      wait = (last == 0 and oldest or tonumber(redis.call('LINDEX', key, last))) + window - now
    end

    return limit - count, oldest and oldest + window - now or 0, wait
  end

  if take and permits > 0 then
    if permits == 1 then
      redis.call('RPUSH', key, string.format('%d', now))
    else
      weighted_log.begin(key, count, now, permits)
    end
    keep(key, window)
    count = count + permits
    oldest = oldest or now
  end

  return limit - count, oldest and oldest + window - now or 0, 0
end
