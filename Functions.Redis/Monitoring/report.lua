-- Adds what an instance has counted to the minute that runs, and notes that the instance lives.
--
-- KEYS[1] instances (sorted set by their last report, in Unix milliseconds)
-- KEYS[2] what they say of themselves (hash)
-- ARGV[1] prefix of the minutes' keys, with the same hash tag
-- ARGV[2] id of the instance
-- ARGV[3] what it says of itself
-- ARGV[4] how long a minute is kept, in milliseconds
-- ARGV[5] how long an instance is listed, in milliseconds
-- ARGV[6] memory of Redis in bytes, or -1
-- then pairs of name and amount
--
-- Reply: 1
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local minute = ARGV[1] .. 'minute:' .. string.format('%.0f', math.floor(now / 60000))
for i = 7, #ARGV, 2 do
  redis.call('HINCRBY', minute, ARGV[i], ARGV[i + 1])
end

if ARGV[6] ~= '-1' then
  redis.call('HSET', minute, 'redis.memory', ARGV[6])
end

redis.call('PEXPIRE', minute, ARGV[4])

local gone = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now - tonumber(ARGV[5])))
for i = 1, #gone do
  redis.call('ZREM', KEYS[1], gone[i])
  redis.call('HDEL', KEYS[2], gone[i])
end

redis.call('ZADD', KEYS[1], string.format('%.0f', now), ARGV[2])
redis.call('HSET', KEYS[2], ARGV[2], ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[5])
redis.call('PEXPIRE', KEYS[2], ARGV[5])
return 1
