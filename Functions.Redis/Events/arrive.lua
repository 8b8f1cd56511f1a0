-- Notes that an instance has event streams of a user, and extends that.
--
-- KEYS[1] instances of the user (sorted set by expiry in Unix milliseconds)
-- KEYS[2] users online (sorted set by expiry)
-- KEYS[3] since when they are (hash)
-- ARGV[1] user
-- ARGV[2] instance
-- ARGV[3] lifetime in milliseconds
-- ARGV[4] "1" if the instance has told before
--
-- Reply: 1 if no instance had a stream of the user before, or the user should be online by now and is not; else 0
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local expiry = string.format('%.0f', now + tonumber(ARGV[3]))
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now))
local is_first = redis.call('ZCARD', KEYS[1]) == 0
redis.call('ZADD', KEYS[1], expiry, ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
local is_online = redis.call('ZSCORE', KEYS[2], ARGV[1])
if is_online then
  redis.call('ZADD', KEYS[2], expiry, ARGV[1])
  for i = 2, 3 do
    redis.call('PEXPIRE', KEYS[i], string.format('%.0f', tonumber(ARGV[3]) + 86400000))
  end
end

return (is_first or (ARGV[4] == '1' and not is_online)) and 1 or 0
