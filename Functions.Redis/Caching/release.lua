-- Gives a lease back without storing anything, because the factory failed.
--
-- KEYS[1] lease
-- ARGV[1] token of the lease
-- ARGV[2] channel for those who wait
-- ARGV[3] message for them
--
-- Reply: 1 released, 0 it was lost before
local lease = redis.call('GET', KEYS[1])
if not lease or string.sub(lease, 1, 8) ~= ARGV[1] then
  return 0
end

redis.call('DEL', KEYS[1])
if #lease > 16 then
  redis.call('PUBLISH', ARGV[2], ARGV[3])
end

return 1
