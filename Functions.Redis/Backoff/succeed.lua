-- Forgets the failures of an account that has been entered, and remembers from where.
--
-- KEYS    as for attempt.lua
-- ARGV[1] place
-- ARGV[2] how long the place is remembered, in milliseconds
-- ARGV[3] how many places are remembered
--
-- Reply: 1
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
redis.call('DEL', KEYS[1], KEYS[3])
redis.call('ZADD', KEYS[2], string.format('%.0f', now + tonumber(ARGV[2])), ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', string.format('%.0f', now))
redis.call('ZREMRANGEBYRANK', KEYS[2], 0, -1 - tonumber(ARGV[3]))
redis.call('PEXPIRE', KEYS[2], ARGV[2])
return 1
