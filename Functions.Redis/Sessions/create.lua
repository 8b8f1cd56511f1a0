-- Stores a new session.
--
-- KEYS[1] session
-- ARGV[1] idle lifetime in milliseconds
-- ARGV[2] absolute lifetime in milliseconds
-- ARGV[3] user and metadata, a line of JSON each
--
-- The record is "<created><last activity><expires>", the user as a JSON string, a line feed, the JSON of the metadata (or nothing), a line
-- feed, and the JSON of the session's data (nothing while there are none). The three times are Unix milliseconds of 13 digits, so that a
-- touch overwrites one in place. JSON has no line feeds here.
--
-- Reply: the record
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local absolute = tonumber(ARGV[2])
local record = string.format('%013.0f%013.0f%013.0f', now, now, now + absolute) .. ARGV[3]
redis.call('SET', KEYS[1], record, 'PX', string.format('%.0f', math.min(tonumber(ARGV[1]), absolute)))
return record
