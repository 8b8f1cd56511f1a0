-- Notes that an event is done with, handled or parked, and renews the worker's lease. A parked event's id is forgotten: who publishes it
-- again has it tried again.
--
-- KEYS[1] channel (see publish.lua)
-- KEYS[2] deferred
-- KEYS[3] pending channels of the partition
-- KEYS[4] parked events of the partition (sorted set by time in Unix milliseconds)
-- KEYS[5] ids
-- ARGV[1] name of the channel
-- ARGV[2] token of the worker
-- ARGV[3] lease in milliseconds
-- ARGV[4] sequence number of the event
-- ARGV[5] what to keep of a parked event; empty for a handled one
-- ARGV[6] how long parked events are kept, in milliseconds
-- ARGV[7] event id
--
-- Reply: 1, or 0 if another worker has taken the channel over
if redis.call('HGET', KEYS[1], 'lease') ~= ARGV[2] then
  return 0
end

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
if tonumber(ARGV[4]) > tonumber(redis.call('HGET', KEYS[1], 'handled')) then
  redis.call('HSET', KEYS[1], 'handled', ARGV[4])
end

redis.call('ZREM', KEYS[2], ARGV[4])
redis.call('HDEL', KEYS[1], 'a:' .. ARGV[4], 'd:' .. ARGV[4])
if ARGV[5] ~= '' then
  redis.call('ZREMRANGEBYSCORE', KEYS[4], '-inf', string.format('%.0f', now - tonumber(ARGV[6])))
  redis.call('ZADD', KEYS[4], string.format('%.0f', now), ARGV[5])
  redis.call('PEXPIRE', KEYS[4], ARGV[6])
  if redis.call('HGET', KEYS[5], ARGV[7]) == ARGV[4] then
    redis.call('HDEL', KEYS[5], ARGV[7])
  end
end

local lease_until = string.format('%.0f', now + tonumber(ARGV[3]))
redis.call('HSET', KEYS[1], 'lease_until', lease_until)
redis.call('ZADD', KEYS[3], lease_until, ARGV[1])
return 1
