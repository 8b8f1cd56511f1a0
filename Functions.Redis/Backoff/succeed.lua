-- Takes back an attempt that has succeeded, forgets the failures of its place, and remembers the place. The failures of others stay.
--
-- KEYS    as for attempt.lua
-- ARGV[1] place
-- ARGV[2] which state counted it: the second of the reply of attempt.lua
-- ARGV[3] the wait that it caused: the third
-- ARGV[4] how long failures are remembered after the last one, in milliseconds
-- ARGV[5] how long the place is remembered, in milliseconds
-- ARGV[6] how many places are remembered
--
-- Reply: 1
--#include take_back.lua

take_back()
redis.call('DEL', KEYS[3])

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
redis.call('ZADD', KEYS[2], string.format('%.0f', now + tonumber(ARGV[5])), ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', string.format('%.0f', now))
redis.call('ZREMRANGEBYRANK', KEYS[2], 0, -1 - tonumber(ARGV[6]))
redis.call('PEXPIRE', KEYS[2], ARGV[5])
return 1
