-- Claims an idempotency key for one request, or tells what became of the request that claimed it before.
--
-- KEYS[1] record: the fingerprint, then "r" and the token of the attempt that runs, or "a" and the answer
-- ARGV[1] token of this attempt
-- ARGV[2] how long the claim stands unless it is renewed, in milliseconds
-- ARGV[3] and following: fingerprints of the request, all of one length; by the first one it is claimed, and by any it is recognized
--
-- Reply: { 'claimed' } | { 'running', milliseconds until the claim ends } | { 'different' } | { 'answered', answer }
local record = redis.call('GET', KEYS[1])
if not record then
  redis.call('SET', KEYS[1], ARGV[3] .. 'r' .. ARGV[1], 'PX', ARGV[2])
  return { 'claimed' }
end

local length = #ARGV[3]
local fingerprint = string.sub(record, 1, length)
for i = 3, #ARGV do
  if fingerprint == ARGV[i] then
    if string.sub(record, length + 1, length + 1) == 'a' then
      return { 'answered', string.sub(record, length + 2) }
    end

    return { 'running', redis.call('PTTL', KEYS[1]) }
  end
end

return { 'different' }
