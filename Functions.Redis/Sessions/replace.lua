-- Deletes a session whose copy is to take its place, if the copy has all that it has.
--
-- KEYS[1] session (see create.lua for the record)
-- ARGV[1] what was copied
--
-- Reply: { 1 } deleted; { 0, record } it has other data by now, and is left; { -1 } it is gone
local record = redis.call('GET', KEYS[1])
if not record then
  return { -1 }
end

-- Behind the times: those of the copy are its own.
if string.sub(record, 40) ~= string.sub(ARGV[1], 40) then
  return { 0, record }
end

redis.call('DEL', KEYS[1])
return { 1 }
