-- Forgets a channel: its history, and what is still to be handled. A worker that has it leased finds that it has lost it.
--
-- KEYS[1] channel (see publish.lua)
-- KEYS[2] history
-- KEYS[3] ids
-- KEYS[4] deferred
-- KEYS[5] pending channels of the partition
-- ARGV[1] name of the channel
--
-- Reply: 1
redis.call('DEL', KEYS[1], KEYS[2], KEYS[3], KEYS[4])
redis.call('ZREM', KEYS[5], ARGV[1])
return 1
