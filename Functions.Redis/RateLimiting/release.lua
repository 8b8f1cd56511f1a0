-- Gives several concurrency permits of one lease back; a single one is a plain ZREM.
--
-- KEYS[1] concurrency limit (see concurrency.lua)
-- ARGV[1] permits
-- ARGV[2] name of the lease
--
-- Reply: 1
--#include leases.lua
leases.release(KEYS[1], ARGV[2], tonumber(ARGV[1]))
return 1
