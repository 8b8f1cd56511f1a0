-- Keeps the answer of the request that claimed an idempotency key.
--
-- KEYS[1] record (see begin.lua)
-- ARGV[1] token of the attempt
-- ARGV[2] answer, or '' to give the key free again
-- ARGV[3] how long the answer is kept, in milliseconds
--
-- Reply: 1 kept or freed, 0 the claim had been lost
if redis.call('HGET', KEYS[1], 'token') ~= ARGV[1] then
  return 0
end

if ARGV[2] == '' then
  return redis.call('DEL', KEYS[1])
end

redis.call('HDEL', KEYS[1], 'token')
redis.call('HSET', KEYS[1], 'answer', ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1
