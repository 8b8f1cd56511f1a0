-- Keeps the answer of the request that claimed an idempotency key, or gives the key free.
--
-- A claim that has run out, or that the server has lost, is as good as one that stands, unless another attempt has the key now.
--
-- KEYS[1] record (see begin.lua)
-- ARGV[1] token of the attempt
-- ARGV[2] answer, or '' to give the key free again
-- ARGV[3] how long the answer is kept, in milliseconds
-- ARGV[4] fingerprint by which the attempt claimed the key
--
-- Reply: 1 kept or freed, 0 another attempt has the key
local record = redis.call('GET', KEYS[1])
if record and record ~= ARGV[4] .. 'r' .. ARGV[1] then
  return 0
end

if ARGV[2] == '' then
  redis.call('DEL', KEYS[1])
else
  redis.call('SET', KEYS[1], ARGV[4] .. 'a' .. ARGV[2], 'PX', ARGV[3])
end

return 1
