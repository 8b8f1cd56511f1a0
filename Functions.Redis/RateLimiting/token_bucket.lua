-- Token bucket as generic cell rate algorithm (ITU-T I.371): one number tells how full the bucket is.
-- State: the time at which the bucket will be full again (Unix microseconds). The bucket holds as many permits as the limit and gains one
-- per interval, the window divided by the limit, rounded up to whole microseconds.
local function token_bucket(key, now, limit, window, permits, take)
  local interval = math.ceil(window / limit)
  local capacity = interval * limit
  -- Never later than an empty bucket takes: the limit may have been changed, or the server's clock set back.
  local full_at = math.min(math.max(tonumber(redis.call('GET', key) or 0), now), now + capacity)

  local available = math.floor((now + capacity - full_at) / interval)
  local needed = math.max(permits, 1)
  local allowed = needed <= available
  local wait = 0
  if allowed and take and permits > 0 then
    full_at = full_at + permits * interval
    redis.call('SET', key, string.format('%.0f', full_at), 'PX', string.format('%.0f', math.ceil((full_at - now) / 1000)))
    available = available - permits
  elseif not allowed then
    wait = needed <= limit and full_at + needed * interval - capacity - now or window
  end

  local missing = full_at - now
  local reset = missing > 0 and missing - (math.ceil(missing / interval) - 1) * interval or 0
  return allowed, available, reset, wait
end
