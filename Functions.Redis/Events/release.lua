-- Gives a channel back unless events have come meanwhile, in one step: no event falls between a worker that ends and one that did not start
-- because of it. A channel with deferred events stays pending until the first of them is due.
--
-- KEYS[1] channel (see publish.lua)
-- KEYS[2] deferred
-- KEYS[3] pending channels of the partition
-- ARGV[1] name of the channel
-- ARGV[2] token of the worker
-- ARGV[3] "1" to give it back even if there are events, which a sweep then finds at once
--
-- Reply: 1 if there are more events and the worker still has the channel, else 0
local channel = redis.call('HMGET', KEYS[1], 'lease', 'head', 'handled')
if channel[1] ~= ARGV[2] then
  return 0
end

local is_behind = tonumber(channel[2]) > tonumber(channel[3])
if is_behind and ARGV[3] ~= '1' then
  return 1
end

redis.call('HDEL', KEYS[1], 'lease', 'lease_until')
local due = nil
if is_behind then
  due = 0
else
  for _, number in ipairs(redis.call('ZRANGE', KEYS[2], 0, -1)) do
    local at = tonumber(redis.call('HGET', KEYS[1], 'd:' .. number) or 0)
    if not due or at < due then
      due = at
    end
  end
end

if due then
  redis.call('ZADD', KEYS[3], string.format('%.0f', due), ARGV[1])
else
  redis.call('ZREM', KEYS[3], ARGV[1])
end

return 0
