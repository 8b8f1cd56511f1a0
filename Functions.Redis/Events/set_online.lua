-- Puts a user on the list of those who are online, for as long as instances say so.
--
-- KEYS[1] instances of the user (see arrive.lua)
-- KEYS[2] users online (sorted set by expiry)
-- KEYS[3] since when they are (hash, Unix milliseconds)
-- ARGV[1] user
-- ARGV[2] since when, in Unix milliseconds
-- ARGV[3] lifetime in milliseconds where no instance has said anything
--
-- Reply: 1
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local last = redis.call('ZRANGE', KEYS[1], -1, -1)[1]
local expiry = last and redis.call('ZSCORE', KEYS[1], last) or now + tonumber(ARGV[3])
redis.call('ZADD', KEYS[2], string.format('%.0f', tonumber(expiry)), ARGV[1])
redis.call('HSETNX', KEYS[3], ARGV[1], ARGV[2])
-- A day longer than needed: a timer that comes late still finds whom to report as gone.
for i = 2, 3 do
  redis.call('PEXPIRE', KEYS[i], string.format('%.0f', tonumber(ARGV[3]) + 86400000))
end

return 1
