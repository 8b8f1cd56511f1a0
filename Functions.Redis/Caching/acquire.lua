-- Decides what a reader does after a miss: fill the entry itself, read again, or wait for the one who is filling it.
--
-- KEYS[1] entry
-- KEYS[2] lease of the entry (same hash tag): "<token 8 bytes><fingerprint 8 bytes>", then "w" if somebody waits for its end
-- ARGV[1] token of this reader, 8 random bytes
-- ARGV[2] fingerprint of the tag generations that this reader saw, 8 bytes
-- ARGV[3] token of the fill that this reader saw and could not use, or '' where it saw none
-- ARGV[4] lease duration in milliseconds
--
-- Reply: '' the lease is this reader's
--        '+' the entry has been filled since: read again
--        otherwise the token of the reader that holds the lease
local fill = redis.call('GETRANGE', KEYS[1], 2, 9)
if fill ~= '' and fill ~= ARGV[3] then
  return '+'
end

-- A holder that saw other generations started before a tag was invalidated; its result is of no use to this reader, who takes over.
local lease = redis.call('GET', KEYS[2])
if lease and string.sub(lease, 9, 16) == ARGV[2] then
  -- XX: a lease that ends in this very moment must not come back without a time to live; this reader takes over.
  if #lease > 16 or redis.call('SET', KEYS[2], lease .. 'w', 'XX', 'KEEPTTL') then
    return string.sub(lease, 1, 8)
  end
end

redis.call('SET', KEYS[2], ARGV[1] .. ARGV[2], 'PX', ARGV[4])
return ''
