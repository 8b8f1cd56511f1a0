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

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
if now - tonumber(string.sub(record, 14, 26)) < tonumber(ARGV[2]) then
  return record
end

local remaining = tonumber(string.sub(record, 27, 39)) - now
if remaining <= 0 then
  redis.call('DEL', KEYS[1])
  return false
end

local activity = string.format('%013.0f', now)
redis.call('SETRANGE', KEYS[1], 13, activity)
redis.call('PEXPIRE', KEYS[1], string.format('%.0f', math.min(tonumber(ARGV[1]), remaining)))
return string.sub(record, 1, 13) .. activity .. string.sub(record, 27)
