-- Claims an idempotency key for one request, or tells what became of the request that claimed it before.
--
-- KEYS[1] record: hash of "fingerprint" and either "token" (running) or "answer" (finished)
-- ARGV[1] fingerprint of the request
-- ARGV[2] token of this attempt
-- ARGV[3] how long the claim stands without an answer, in milliseconds
--
-- Reply: { 'claimed' } | { 'running' } | { 'different' } | { 'answered', answer }
local record = redis.call('HMGET', KEYS[1], 'fingerprint', 'answer')
if not record[1] then
  redis.call('HSET', KEYS[1], 'fingerprint', ARGV[1], 'token', ARGV[2])
  redis.call('PEXPIRE', KEYS[1], ARGV[3])
  return { 'claimed' }
end

if record[1] ~= ARGV[1] then
  return { 'different' }
end

if record[2] then
  return { 'answered', record[2] }
end

return { 'running' }
