-- Gives a lease back without storing anything: it was asked for ahead and is not needed, the factory failed, or its value is not stored.
--
-- KEYS[1] entry
-- KEYS[2] lease of the entry
-- ARGV[1] token of the lease
-- ARGV[2] channel for those who wait
-- ARGV[3] key of the entry, for the message to them
--
-- Reply: 1 released, 0 it was lost before
local lease = redis.call('GET', KEYS[2])
if not lease or string.sub(lease, 1, 8) ~= ARGV[1] then
  return 0
end

redis.call('DEL', KEYS[2])
if #lease > 16 then
  redis.call('PUBLISH', ARGV[2], 'l' .. ARGV[3])
end

return 1
