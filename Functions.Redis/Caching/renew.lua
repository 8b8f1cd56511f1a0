-- Keeps a lease alive while its factory runs.
--
-- KEYS[1] entry
-- KEYS[2] lease of the entry
-- ARGV[1] token of the lease
-- ARGV[2] lease duration in milliseconds
--
-- Reply: 1 renewed, 0 lost
local lease = redis.call('GET', KEYS[2])
if not lease or string.sub(lease, 1, 8) ~= ARGV[1] then
  return 0
end

redis.call('PEXPIRE', KEYS[2], ARGV[2])
return 1
