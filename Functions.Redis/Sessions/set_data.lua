-- Replaces the data of a session, if the session exists and its data are still what the caller has seen. It only ever changes a session
-- that exists and leaves its times as they are, so it cannot bring a closed one back or prolong one.
--
-- KEYS[1] session (see create.lua for the record)
-- ARGV[1] data that the caller has seen, as JSON; empty for none
-- ARGV[2] new data as JSON; empty for none
--
-- Reply: { 1 or 0: whether the data were replaced, the record as it is now }, or nil if there is no such session
local record = redis.call('GET', KEYS[1])
if not record then
  return false
end

local line = string.find(record, '\n', string.find(record, '\n', 1, true) + 1, true)
if string.sub(record, line + 1) ~= ARGV[1] then
  return { 0, record }
end

record = string.sub(record, 1, line) .. ARGV[2]
-- XX: where the session ends in this very moment, it must not come back without a time to live.
if not redis.call('SET', KEYS[1], record, 'XX', 'KEEPTTL') then
  return false
end

return { 1, record }
