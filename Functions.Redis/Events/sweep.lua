-- Finds channels of a partition that somebody has to look after: unhandled events, a retry that is due, or a worker that died.
--
-- KEYS[1] pending channels of the partition
-- ARGV[1] channels at most
--
-- Reply: names of channels
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
return redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now), 'LIMIT', 0, ARGV[1])
