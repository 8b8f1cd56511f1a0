-- Takes a user from the list of those who are online, unless an instance has a stream of the user again.
--
-- KEYS[1] instances of the user (see arrive.lua)
-- KEYS[2] users online (sorted set by expiry)
-- KEYS[3] since when they are (hash)
-- ARGV[1] user
--
-- Reply: 1 if the user was taken from the list, else 0
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
if redis.call('ZCOUNT', KEYS[1], string.format('(%.0f', now), '+inf') > 0 then
  return 0
end

redis.call('HDEL', KEYS[3], ARGV[1])
return redis.call('ZREM', KEYS[2], ARGV[1])
