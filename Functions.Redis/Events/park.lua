-- Parks a message that is no event: somebody published it past the publisher.
--
-- KEYS[1] parked events of the partition (see settle.lua)
-- ARGV[1] what to keep
-- ARGV[2] how long parked events are kept, in milliseconds
--
-- Reply: 1, or 0 if it is parked already; every instance hears it, and the first one reports it
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now - tonumber(ARGV[2])))
if redis.call('ZSCORE', KEYS[1], ARGV[1]) then
  return 0
end

redis.call('ZADD', KEYS[1], string.format('%.0f', now), ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1
