-- Puts an event aside, to be tried again later: one that failed, or one that has to stay behind such an event. Renews the worker's lease.
--
-- KEYS[1] channel (see publish.lua); a:<n> counts the failed attempts of event n, d:<n> is when it is due, in Unix milliseconds
-- KEYS[2] deferred
-- KEYS[3] pending channels of the partition
-- ARGV[1] name of the channel
-- ARGV[2] token of the worker
-- ARGV[3] lease in milliseconds
-- ARGV[4] sequence number of the event
-- ARGV[5] failed attempts
-- ARGV[6] milliseconds until it is due
-- ARGV[7] lifetime of an idle channel in milliseconds
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

local lease_until = string.format('%.0f', now + tonumber(ARGV[3]))
redis.call('ZADD', KEYS[2], ARGV[4], ARGV[4])
redis.call('PEXPIRE', KEYS[2], ARGV[7])
redis.call('HSET', KEYS[1], 'a:' .. ARGV[4], ARGV[5], 'd:' .. ARGV[4], string.format('%.0f', now + tonumber(ARGV[6])), 'lease_until', lease_until)
redis.call('ZADD', KEYS[3], lease_until, ARGV[1])
return 1
