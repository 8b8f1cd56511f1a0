-- The end of each script that decides a single limit: what acquire.lua does, without what several limits need. Before it stand the
-- algorithm's file and its function as "decide".
--
-- KEYS[1] the limit
-- ARGV[1] permits that the request takes; 0 only asks whether there is one
-- ARGV[2] limit
-- ARGV[3] window in microseconds
-- ARGV[4] for concurrency: name of the lease under which the permits are held
--
-- Reply: as of acquire.lua
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local remaining, reset, wait = decide(KEYS[1], now, tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[1]), true, ARGV[4])
return string.format('%d %d %d %d', now, remaining, reset, wait)
