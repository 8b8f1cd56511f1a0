-- Lists the callers whose limits are lifted.
--
-- KEYS[1] lifted callers (see lift.lua)
--
-- Reply: caller and milliseconds until its end, and so on, the first to end first
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local lifted = redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. string.format('%.0f', now), '+inf', 'WITHSCORES')
for i = 2, #lifted, 2 do
  lifted[i] = string.format('%.0f', tonumber(lifted[i]) - now)
end

return lifted
