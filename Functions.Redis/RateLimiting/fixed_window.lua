-- Fixed window: it starts with the first request and its key ends with it.
-- State: the number of permits taken.
local function fixed_window(key, now, limit, window, permits, take)
  local count = tonumber(redis.call('GET', key)) or 0
  local left = count > 0 and redis.call('PTTL', key) * 1000 or 0
  if left <= 0 then
    -- Ended, also where the key is there for the rest of this millisecond.
    count, left = 0, 0
  elseif left > window then
    -- The window has been made shorter.
    redis.call('PEXPIRE', key, string.format('%d', math.ceil(window / 1000)))
    left = window
  end

  local needed = permits > 0 and permits or 1
  if count + needed > limit then
    return limit - count, left, needed <= limit and left or window
  end

  if take and permits > 0 then
    count = count > 0 and redis.call('INCRBY', key, permits) or permits
    if count == permits then
      -- The first of a window; also where the key has gone since it was read.
      redis.call('SET', key, permits, 'PX', string.format('%d', math.ceil(window / 1000)))
      left = window
    end
  end

  return limit - count, left, 0
end
