-- Keeps the answer of the request that claimed an idempotency key.
--
-- KEYS[1] record (see begin.lua)
-- ARGV[1] token of the attempt
-- ARGV[2] answer, or '' to give the key free again
-- ARGV[3] how long the answer is kept, in milliseconds
--
-- Reply: 1 kept or freed, 0 the claim had been lost
local record = redis.call('GET', KEYS[1])
local claim = 'r' .. ARGV[1]
if not record or string.sub(record, -#claim) ~= claim then
  return 0
end

if ARGV[2] == '' then
  return redis.call('DEL', KEYS[1])
end

redis.call('SET', KEYS[1], string.sub(record, 1, #record - #claim) .. 'a' .. ARGV[2], 'PX', ARGV[3])
return 1
