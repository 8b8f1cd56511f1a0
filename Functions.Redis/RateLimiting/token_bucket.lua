-- Token bucket as generic cell rate algorithm (ITU-T I.371): one number tells how full the bucket is.
-- State: the time at which the bucket will be full again (Unix microseconds). The bucket holds as many permits as the limit and gains one
-- per interval, the window divided by the limit, rounded up to whole microseconds.
local function token_bucket(key, now, limit, window, permits, take)
  local interval = math.ceil(window / limit)
  local capacity = interval * limit
  -- Until it is full. Never longer than an empty bucket takes: the limit may have been changed, or the server's clock set back.
  local missing = (tonumber(redis.call('GET', key)) or now) - now
  missing = missing < 0 and 0 or missing > capacity and capacity or missing

  local available = math.floor((capacity - missing) / interval)
  local needed = permits > 0 and permits or 1
  local wait = 0
  if needed > available then
    wait = needed <= limit and missing + needed * interval - capacity or window
  elseif take and permits > 0 then
    missing = missing + permits * interval
    redis.call('SET', key, string.format('%d', now + missing), 'PX', string.format('%d', math.ceil(missing / 1000)))
    available = available - permits
  end

  return available, missing > 0 and missing - (math.ceil(missing / interval) - 1) * interval or 0, wait
end
