-- Leases of concurrency permits: one member of a sorted set per lease, whatever it holds, with the time at which it ends as score (Unix
-- microseconds).
-- Members: "name:1" for one permit, "name*7" for several. What leases of several hold beyond one permit each adds up in the score of the
--          member "surplus", as a negative number: so it comes first, and never ends. It is there only while there are such leases.
local leases = {}

local SURPLUS = 'surplus'
local BATCH = 128

local function member(name, permits)
  return permits == 1 and name .. ':1' or string.format('%s*%d', name, permits)
end

local function set_surplus(key, surplus)
  if surplus > 0 then
    redis.call('ZADD', key, string.format('%d', -surplus), SURPLUS)
  else
    redis.call('ZREM', key, SURPLUS)
  end
end

-- How many permits are held, after as many ended leases have been removed as make room for those needed; and a batch of them in any case.
-- So one call does not pay for all that ended together.
function leases.count(key, now, limit, needed)
  local first = redis.call('ZRANGE', key, 0, 0, 'WITHSCORES')
  if not first[1] then
    return 0
  end

  local surplus = first[1] == SURPLUS and -tonumber(first[2]) or 0
  local members = redis.call('ZCARD', key)
  if members == 0 then
    return 0
  end

  local count = members + surplus - (surplus > 0 and 1 or 0)
  if surplus == 0 and tonumber(first[2]) > now then
    return count
  end

  local before = surplus
  repeat
    local ended = redis.call('ZRANGEBYSCORE', key, 0, string.format('%d', now), 'LIMIT', 0, BATCH)
    for _, lease in ipairs(ended) do
      local permits = tonumber(string.match(lease, '%*(%d+)$')) or 1
      surplus = surplus - permits + 1
      count = count - permits
    end
    if #ended > 0 then
      redis.call('ZREM', key, unpack(ended))
    end
  until #ended < BATCH or count + needed <= limit

  if surplus ~= before then
    set_surplus(key, surplus)
  end
  return count
end

function leases.take(key, ends, name, permits)
  redis.call('ZADD', key, string.format('%d', ends), member(name, permits))
  if permits > 1 then
    redis.call('ZINCRBY', key, string.format('%d', 1 - permits), SURPLUS)
  end
end

-- Prolongs a lease; false if it has ended.
function leases.renew(key, now, ends, name, permits)
  local lease = member(name, permits)
  local score = redis.call('ZSCORE', key, lease)
  if not score or tonumber(score) <= now then
    return false
  end

  redis.call('ZADD', key, string.format('%d', ends), lease)
  return true
end

-- Gives the permits of a lease back; nothing if it has ended and been removed.
function leases.release(key, name, permits)
  if redis.call('ZREM', key, member(name, permits)) == 1 and permits > 1 then
    local surplus = redis.call('ZSCORE', key, SURPLUS)
    if surplus then
      set_surplus(key, -tonumber(surplus) - permits + 1)
    end
  end
end
