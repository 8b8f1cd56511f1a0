-- Sliding window, exact: allowed if fewer than the limit were allowed in the window before now. Only allowed requests are recorded.
-- State: a list of the times of the permits in the window, oldest first (Unix microseconds).
local function sliding_window(key, now, limit, window, permits, take)
  local oldest = tonumber(redis.call('LINDEX', key, '0'))
  while oldest and oldest + window <= now do
    redis.call('LPOP', key)
    oldest = tonumber(redis.call('LINDEX', key, '0'))
  end

  local count = oldest and redis.call('LLEN', key) or 0
  local needed = permits > 0 and permits or 1
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
    local entry = string.format('%d', now)
    for _ = 1, permits do
      redis.call('RPUSH', key, entry)
    end
    redis.call('PEXPIRE', key, string.format('%d', math.ceil(window / 1000)))
    count = count + permits
    oldest = oldest or now
  end

  return limit - count, oldest and oldest + window - now or 0, 0
end
