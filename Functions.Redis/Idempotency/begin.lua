-- Claims an idempotency key for one request, or tells what became of the request that claimed it before.
--
-- KEYS[1] record: the fingerprint, then "r" and the token of the attempt that runs, or "a" and the answer
-- ARGV[1] fingerprint of the request; all have one length
-- ARGV[2] token of this attempt
-- ARGV[3] how long the claim stands without an answer, in milliseconds
--
-- Reply: { 'claimed' } | { 'running' } | { 'different' } | { 'answered', answer }
local record = redis.call('GET', KEYS[1])
if not record then
  redis.call('SET', KEYS[1], ARGV[1] .. 'r' .. ARGV[2], 'PX', ARGV[3])
  return { 'claimed' }
end

local length = #ARGV[1]
if string.sub(record, 1, length) ~= ARGV[1] then
  return { 'different' }
end

if string.sub(record, length + 1, length + 1) == 'a' then
  return { 'answered', string.sub(record, length + 2) }
end

return { 'running' }
