-- Takes an instance from the list.
--
-- KEYS    as of report.lua
-- ARGV[1] id of the instance
--
-- Reply: 1 if it was listed, else 0
redis.call('HDEL', KEYS[2], ARGV[1])
return redis.call('ZREM', KEYS[1], ARGV[1])
