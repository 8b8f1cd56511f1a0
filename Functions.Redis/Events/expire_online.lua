-- Takes users off the list whose instances have not been heard of: they crashed.
--
-- KEYS[1] users online (sorted set by expiry)
-- KEYS[2] since when they are (hash)
-- ARGV[1] users at most
--
-- Reply: the users
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local gone = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now), 'LIMIT', 0, ARGV[1])
for _, user in ipairs(gone) do
  redis.call('ZREM', KEYS[1], user)
  redis.call('HDEL', KEYS[2], user)
end

return gone
