-- Decides one or several limits of one caller together: takes the permits of all of them, or of none. Each algorithm's file is a function
-- (key, now, limit, window, permits, take[, lease]) that takes the permits if it may and if it is told to, and returns: allowed, permits
-- remaining, microseconds until there are more, microseconds until the request can be allowed.
--
-- KEYS    one per limit, all with the same hash tag
-- ARGV[1] permits that the request takes of each; 0 only asks whether there is one
-- ARGV[2] name of the lease under which concurrency permits are held
-- then for each limit: algorithm (s, t, f, c), limit, window in microseconds
--
-- Reply: { now (Unix microseconds), then for each limit: allowed (1 or 0), remaining, milliseconds until there are more,
--          milliseconds until the request can be allowed }
--#include sliding_window.lua
--#include token_bucket.lua
--#include fixed_window.lua
--#include concurrency.lua
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local permits = tonumber(ARGV[1])
local reply = { now }

local function decide(i, take)
  local algorithm = ARGV[3 * i]
  local run = algorithm == 's' and sliding_window or algorithm == 't' and token_bucket or algorithm == 'f' and fixed_window or concurrency
  local allowed, remaining, reset, wait = run(
    KEYS[i], now, tonumber(ARGV[3 * i + 1]), tonumber(ARGV[3 * i + 2]), permits, take, ARGV[2])
  local slot = 4 * i - 2
  reply[slot] = allowed and 1 or 0
  reply[slot + 1] = math.max(remaining, 0)
  reply[slot + 2] = math.ceil(reset / 1000)
  reply[slot + 3] = math.ceil(wait / 1000)
  return allowed
end

-- A single limit takes what it allows. Of several, none takes anything before all have allowed.
if #KEYS == 1 then
  decide(1, true)
  return reply
end

local all = true
for i = 1, #KEYS do
  all = decide(i, false) and all
end

if all and permits > 0 then
  for i = 1, #KEYS do
    decide(i, true)
  end
end

return reply
