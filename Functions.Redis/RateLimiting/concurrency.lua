-- Concurrency: so many permits may be held at the same time.
-- State: a sorted set of permits ("lease:number") by the time at which their lease ends (Unix microseconds); the window is that time.
local function concurrency(key, now, limit, window, permits, take, lease)
  local count = redis.call('ZCARD', key)
  if count > 0 then
    count = count - redis.call('ZREMRANGEBYSCORE', key, '-inf', string.format('%d', now))
  end

  local needed = permits > 0 and permits or 1
  if count + needed > limit then
    -- Nobody knows when a permit comes back; at the latest when its lease ends.
    return limit - count, 0, needed <= limit and window > 1000000 and 1000000 or window
  end

  if take and permits > 0 then
    local ends = string.format('%d', now + window)
    for number = 1, permits do
      redis.call('ZADD', key, ends, lease .. ':' .. number)
    end

    -- Not before the last lease ends: the window may have been made shorter.
    if count == 0 or redis.call('PTTL', key) < window / 1000 then
      redis.call('PEXPIRE', key, string.format('%d', math.ceil(window / 1000)))
    end
    count = count + permits
  end

  return limit - count, 0, 0
end
