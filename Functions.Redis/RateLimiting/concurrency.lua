-- Concurrency: so many permits may be held at the same time.
-- State: a sorted set of permits ("lease:number") by the time at which their lease ends (Unix microseconds); the window is that time.
local function concurrency(key, now, limit, window, permits, take, lease)
  redis.call('ZREMRANGEBYSCORE', key, '-inf', string.format('%.0f', now))
  local count = redis.call('ZCARD', key)
  local needed = math.max(permits, 1)
  local allowed = count + needed <= limit
  local wait = 0
  if allowed and take and permits > 0 then
    local ends = string.format('%.0f', now + window)
    for number = 1, permits do
      redis.call('ZADD', key, ends, lease .. ':' .. number)
    end
    if redis.call('PTTL', key) < window / 1000 then
      redis.call('PEXPIRE', key, string.format('%.0f', math.ceil(window / 1000)))
    end
    count = count + permits
  elseif not allowed then
    -- Nobody knows when a permit comes back; at the latest when its lease ends.
    wait = needed <= limit and math.min(window, 1000000) or window
  end

  return allowed, limit - count, 0, wait
end
