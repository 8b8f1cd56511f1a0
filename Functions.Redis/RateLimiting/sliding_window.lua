-- Sliding window, exact: allowed if fewer than the limit were allowed in the window before now. Only allowed requests are recorded.
-- State: a list of the times of the permits in the window, oldest first (Unix microseconds).
local function sliding_window(key, now, limit, window, permits, take)
  local oldest = redis.call('LINDEX', key, 0)
  while oldest and tonumber(oldest) <= now - window do
    redis.call('LPOP', key)
    oldest = redis.call('LINDEX', key, 0)
  end

  local count = oldest and redis.call('LLEN', key) or 0
  local needed = math.max(permits, 1)
  local allowed = count + needed <= limit
  local wait = 0
  if allowed and take and permits > 0 then
    local entry = string.format('%.0f', now)
    for _ = 1, permits do
      redis.call('RPUSH', key, entry)
    end
    redis.call('PEXPIRE', key, string.format('%.0f', math.ceil(window / 1000)))
    count = count + permits
    oldest = oldest or now
  elseif not allowed and needed <= limit then
    -- It fits when this many of the oldest have left.
    local last = count + needed - limit - 1
    wait = tonumber(last == 0 and oldest or redis.call('LINDEX', key, last)) + window - now
  elseif not allowed then
    wait = window
  end

  return allowed, limit - count, oldest and tonumber(oldest) + window - now or 0, wait
end
