-- Lifts the limits of a caller for a while, or ends that.
--
-- KEYS[1] lifted callers (sorted set by the end, in Unix milliseconds)
-- ARGV[1] caller
-- ARGV[2] for how long, in milliseconds; 0 ends it
-- ARGV[3] how many callers at most
-- ARGV[4] the longest lift in milliseconds: no other ends later, so that the key lives long enough for all
--
-- Reply: 1, or 0 if there are too many others
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now))
redis.call('ZREM', KEYS[1], ARGV[1])
if ARGV[2] == '0' then
  return 1
end

if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[3]) then
  return 0
end

redis.call('ZADD', KEYS[1], string.format('%.0f', now + tonumber(ARGV[2])), ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return 1
