-- Notes that an instance has no event stream of a user any more.
--
-- KEYS[1] instances of the user (see arrive.lua)
-- ARGV[1] instance
--
-- Reply: 1 if no other instance has one, else 0
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
redis.call('ZREM', KEYS[1], ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now))
return redis.call('ZCARD', KEYS[1]) == 0 and 1 or 0
