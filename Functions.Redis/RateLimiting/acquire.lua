-- Decides one or several limits of one caller together: takes the permits of all of them, or of none. Follows the algorithms' files, each
-- of which is a function (key, now, limit, window, permits, take[, lease]) that takes the permits if it may and if it is told to, and
-- returns: allowed, permits remaining, microseconds until there are more, microseconds until the request can be allowed.
--
-- KEYS    one per limit, all with the same hash tag
-- ARGV[1] permits that the request takes of each; 0 only asks whether there is one
-- ARGV[2] name of the lease under which concurrency permits are held
-- then for each limit: algorithm (s, t, f, c), limit, window in microseconds
--
-- Reply: { now (Unix microseconds), then for each limit: allowed (1 or 0), remaining, milliseconds until there are more,
--          milliseconds until the request can be allowed }
local algorithms = { s = sliding_window, t = token_bucket, f = fixed_window, c = concurrency }
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local permits = tonumber(ARGV[1])
local reply = { now }

local function decide(take)
  local all = true
  for i, key in ipairs(KEYS) do
    local at = 3 * i
    local allowed, remaining, reset, wait = algorithms[ARGV[at]](
      key, now, tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2]), permits, take, ARGV[2])
    all = all and allowed
    local slot = 4 * i - 2
    reply[slot] = allowed and 1 or 0
    reply[slot + 1] = math.max(remaining, 0)
    reply[slot + 2] = math.ceil(reset / 1000)
    reply[slot + 3] = math.ceil(wait / 1000)
  end
  return all
end

-- A single limit takes what it allows. Of several, none takes anything before all have allowed.
if #KEYS == 1 then
  decide(true)
elseif decide(false) and permits > 0 then
  decide(true)
end

return reply
