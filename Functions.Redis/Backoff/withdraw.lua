-- Takes back an attempt that was counted and has not been judged.
--
-- KEYS    as for attempt.lua
-- ARGV[1] place
-- ARGV[2] how long failures are remembered after the last one, in milliseconds
--
-- Reply: 1
--#include state.lua

-- Whatever wait there was before had passed: the attempt was allowed.
local failures = tonumber(string.match(redis.call('GET', state) or '0', '%d+'))
if failures > 1 then
  redis.call('SET', state, string.format('%.0f 0', failures - 1), 'PX', ARGV[2])
else
  redis.call('DEL', state)
end

return 1
