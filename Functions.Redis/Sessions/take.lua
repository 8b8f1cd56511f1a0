-- Takes a session away whose copy is there.
--
-- KEYS[1] session (see create.lua for the record)
--
-- Reply: its last record, or nil if there is no such session
local record = redis.call('GET', KEYS[1])
if record then
  redis.call('DEL', KEYS[1])
end

return record
