-- Prolongs the lease of concurrency permits that are still held.
--
-- KEYS[1] concurrency limit (see concurrency.lua)
-- ARGV[1] permits
-- ARGV[2] name of the lease
-- ARGV[3] window in microseconds
--
-- Reply: 1 if the permits are held for another window, 0 if the lease has ended before
--#include keep.lua
--#include leases.lua
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local window = tonumber(ARGV[3])
if not leases.renew(KEYS[1], now, now + window, ARGV[2], tonumber(ARGV[1])) then
  return 0
end

if redis.call('PTTL', KEYS[1]) < lifetime(window) then
  keep(KEYS[1], window)
end

return 1
