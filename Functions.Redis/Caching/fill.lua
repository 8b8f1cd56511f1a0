-- Stores what a factory returned, if its lease still stands. An invalidation or a newer value deletes the lease, so a factory that
-- started before cannot store after it (Nishtala et al., "Scaling Memcache at Facebook", NSDI 2013, section 3.2.1).
--
-- KEYS[1] entry
-- KEYS[2] lease of the entry
-- ARGV[1] token of the lease
-- ARGV[2] payload
-- ARGV[3] time to live in milliseconds
-- ARGV[4] channel for those who wait
-- ARGV[5] key of the entry, for the message to them
--
-- Reply: 1 stored, 0 discarded
local lease = redis.call('GET', KEYS[2])
if not lease or string.sub(lease, 1, 8) ~= ARGV[1] then
  return 0
end

redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
redis.call('DEL', KEYS[2])
if #lease > 16 then
  redis.call('PUBLISH', ARGV[4], 'l' .. ARGV[5])
end

return 1
