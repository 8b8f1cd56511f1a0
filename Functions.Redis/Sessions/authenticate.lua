-- Reads a session and notes that it is in use. It only ever changes a session that exists, so it cannot bring a closed one back.
--
-- KEYS[1] session (see create.lua for the record)
-- ARGV[1] idle lifetime in milliseconds
-- ARGV[2] how old the noted activity may get before it is written again, in milliseconds
--
-- Reply: the record, or nil if there is no such session
local record = redis.call('GET', KEYS[1])
if not record then
  return false
end

-- A touch gives the key the idle lifetime, so what is missing of it tells how long ago that was, without reading the clock. Where it cannot
-- tell, the record decides: near the end of the absolute lifetime the key has less, and it may have more after the idle lifetime was changed.
local since = ARGV[1] - redis.call('PTTL', KEYS[1])
local interval = tonumber(ARGV[2])
if since >= 0 and since < interval then
  return record
end

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if now - string.sub(record, 14, 26) < interval then
  return record
end

local remaining = string.sub(record, 27, 39) - now
if remaining <= 0 then
  redis.call('DEL', KEYS[1])
  return false
end

record = string.sub(record, 1, 13) .. string.format('%013.0f', now) .. string.sub(record, 27)
-- XX: where the session ends in this very moment, it must not come back.
if not redis.call('SET', KEYS[1], record, 'XX', 'PX', string.format('%.0f', math.min(tonumber(ARGV[1]), remaining))) then
  return false
end

return record
