-- Renews the claim of a request that still runs; claims the key anew if the server has lost it, as it does when it comes back empty.
--
-- A renewal that arrives after the attempt has given the key free would claim it for nobody, until the claim ends. So an attempt is completed
-- when its last renewal has been answered.
--
-- KEYS[1] record (see begin.lua)
-- ARGV[1] token of the attempt
-- ARGV[2] how long the claim stands unless it is renewed again, in milliseconds
-- ARGV[3] fingerprint by which the attempt claimed the key
--
-- Reply: 1 it has the key, 0 another attempt has it
local record = redis.call('GET', KEYS[1])
local claim = ARGV[3] .. 'r' .. ARGV[1]
if record and record ~= claim then
  return 0
end

redis.call('SET', KEYS[1], claim, 'PX', ARGV[2])
return 1
