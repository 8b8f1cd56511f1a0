-- Decides several limits of one caller together: takes the permits of all of them, or of none. A single limit has a script of its own, with
-- the same reply (acquire_one.lua).
--
-- Each algorithm's file is a function (key, now, limit, window, permits, take[, lease]) that takes the permits if it may and if it is told
-- to, and returns three whole numbers: permits remaining, microseconds until there are more, and microseconds until the request can be
-- allowed, which is 0 if it is.
--
-- KEYS    one per limit, all with the same hash tag
-- ARGV[1] permits that the request takes of each; 0 only asks whether there is one
-- ARGV[2] name of the lease under which concurrency permits are held
-- then for each limit: algorithm (s, t, f, c), limit, window in microseconds
--
-- Reply: one text of whole numbers between spaces, which costs less than an array: now (Unix microseconds), then for each limit what its
--        function returns
--#include keep.lua
--#include weighted_log.lua
--#include sliding_window.lua
--#include token_bucket.lua
--#include fixed_window.lua
--#include leases.lua
--#include concurrency.lua
local algorithms = { s = sliding_window, t = token_bucket, f = fixed_window, c = concurrency }
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local permits = tonumber(ARGV[1])
local reply = { string.format('%d', now) }

local function decide(i, take)
  local remaining, reset, wait = algorithms[ARGV[3 * i]](
    KEYS[i], now, tonumber(ARGV[3 * i + 1]), tonumber(ARGV[3 * i + 2]), permits, take, ARGV[2])
  reply[i + 1] = string.format('%d %d %d', remaining, reset, wait)
  return wait == 0
end

-- None takes anything before all have allowed.
local all = true
for i = 1, #KEYS do
  all = decide(i, false) and all
end

if all and permits > 0 then
  for i = 1, #KEYS do
    decide(i, true)
  end
end

return table.concat(reply, ' ')
