-- Lists the users who are online.
--
-- KEYS[1] users online (sorted set by expiry)
-- KEYS[2] since when they are (hash, Unix milliseconds)
--
-- Reply: user, since, and so on
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local reply = {}
for _, user in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], string.format('(%.0f', now), '+inf')) do
  reply[#reply + 1] = user
  reply[#reply + 1] = redis.call('HGET', KEYS[2], user) or '0'
end

return reply
