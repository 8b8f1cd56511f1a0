-- The generation of a tag, made where the tag has none (it is new, expired or evicted). A generation is random and never returns,
-- so entries of a lost generation stay invalid.
--
-- KEYS[1] tag
-- ARGV[1] generation to use if there is none, 8 random bytes
-- ARGV[2] time to live in milliseconds
--
-- Reply: the generation
local generation = redis.call('GET', KEYS[1])
if generation then
  return generation
end

redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return ARGV[1]
