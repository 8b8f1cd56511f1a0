-- Stores a copy of a session under a new id: the same login, now in use.
--
-- KEYS[1] session under its new id
-- ARGV[1] record of the session (see create.lua)
-- ARGV[2] idle lifetime in milliseconds
-- ARGV[3] NX for the first copy; XX to bring it up to date, as it must not come back if it was closed meanwhile
--
-- Reply: the record of the copy, or nil if the session has reached its absolute lifetime, or the copy was closed
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local remaining = string.sub(ARGV[1], 27, 39) - now
if remaining <= 0 then
  return false
end

local record = string.sub(ARGV[1], 1, 13) .. string.format('%013.0f', now) .. string.sub(ARGV[1], 27)
if not redis.call('SET', KEYS[1], record, ARGV[3], 'PX', string.format('%.0f', math.min(tonumber(ARGV[2]), remaining))) then
  return false
end

return record
