-- Concurrency: so many permits may be held at the same time.
-- State: leases (leases.lua); the window is how long one lasts.
--
-- The cost grows neither with the permits that a request takes nor with the leases that have ended together: of those, each call removes a
-- batch, and more only if the request would not fit otherwise. Until the last is removed, what remains is told too low.
local function concurrency(key, now, limit, window, permits, take, lease)
  local needed = permits > 0 and permits or 1
  local count = leases.count(key, now, limit, needed)
  if count + needed > limit then
    -- Nobody knows when a permit comes back; at the latest when its lease ends.
    return limit - count, 0, needed <= limit and window > 1000000 and 1000000 or window
  end

  if take and permits > 0 then
    leases.take(key, now + window, lease, permits)

    -- Not before the last lease ends: the window may have been made shorter.
    if count == 0 or redis.call('PTTL', key) < lifetime(window) then
      keep(key, window)
    end
    count = count + permits
  end

  return limit - count, 0, 0
end
