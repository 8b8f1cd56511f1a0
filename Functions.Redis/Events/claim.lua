-- Leases a channel to one worker, or renews its lease, and hands it the events to handle: those that were deferred, then those behind the
-- handled position, each in order.
--
-- KEYS[1] channel (see publish.lua)
-- KEYS[2] history
-- KEYS[3] deferred
-- KEYS[4] pending channels of the partition
-- ARGV[1] name of the channel
-- ARGV[2] token of the worker
-- ARGV[3] lease in milliseconds
-- ARGV[4] events behind the handled position at most
-- ARGV[5] deferred events at most
--
-- Reply: nil if another worker has the channel or there is nothing to handle; else {deferred, behind} with
-- deferred = envelope, failed attempts, milliseconds until the retry, and so on; behind = envelopes
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local channel = redis.call('HMGET', KEYS[1], 'lease', 'lease_until', 'handled')
if not channel[3] then
  redis.call('ZREM', KEYS[4], ARGV[1])
  return false
end

if channel[1] and channel[1] ~= ARGV[2] and tonumber(channel[2]) > now then
  return false
end

local deferred = {}
for _, number in ipairs(redis.call('ZRANGE', KEYS[3], 0, tonumber(ARGV[5]) - 1)) do
  local envelope = redis.call('ZRANGEBYSCORE', KEYS[2], number, number)[1]
  if envelope then
    local retry = redis.call('HMGET', KEYS[1], 'a:' .. number, 'd:' .. number)
    deferred[#deferred + 1] = envelope
    deferred[#deferred + 1] = retry[1] or '0'
    deferred[#deferred + 1] = string.format('%.0f', tonumber(retry[2] or now) - now)
  else
    redis.call('ZREM', KEYS[3], number)
    redis.call('HDEL', KEYS[1], 'a:' .. number, 'd:' .. number)
  end
end

local behind = redis.call('ZRANGEBYSCORE', KEYS[2], '(' .. channel[3], '+inf', 'LIMIT', 0, ARGV[4])
if #deferred == 0 and #behind == 0 then
  redis.call('HDEL', KEYS[1], 'lease', 'lease_until')
  redis.call('ZREM', KEYS[4], ARGV[1])
  return false
end

local lease_until = string.format('%.0f', now + tonumber(ARGV[3]))
redis.call('HSET', KEYS[1], 'lease', ARGV[2], 'lease_until', lease_until)
redis.call('ZADD', KEYS[4], lease_until, ARGV[1])
return {deferred, behind}
