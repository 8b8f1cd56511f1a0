-- Stores a value that is newer than whatever a running factory will return: the lease goes, and with it that factory's result.
--
-- KEYS[1] entry
-- KEYS[2] lease of the entry
-- ARGV[1] payload
-- ARGV[2] time to live in milliseconds
-- ARGV[3] channel for instances that keep an older value
-- ARGV[4] message for them
--
-- Reply: 1
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
redis.call('DEL', KEYS[2])
redis.call('PUBLISH', ARGV[3], ARGV[4])
return 1
