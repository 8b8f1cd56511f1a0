-- Adds a session to the index of its user and prunes those that have reached their absolute lifetime.
--
-- KEYS[1] index of the user: session ids by absolute expiry (Unix milliseconds)
-- ARGV[1] session id
-- ARGV[2] absolute lifetime in milliseconds
-- ARGV[3] how many of the oldest ids to return
--
-- Reply: the oldest session ids; the caller removes those whose session is gone
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local lifetime = tonumber(ARGV[2])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now))
redis.call('ZADD', KEYS[1], string.format('%.0f', now + lifetime), ARGV[1])
if redis.call('PTTL', KEYS[1]) < lifetime then
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
end

return redis.call('ZRANGE', KEYS[1], 0, tonumber(ARGV[3]) - 1)
