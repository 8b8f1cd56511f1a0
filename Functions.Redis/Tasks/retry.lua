-- dead or cancelled -> queued, with all its attempts before it again.
--
-- KEYS    of the queue
-- ARGV[1] prefix of the keys
-- ARGV[2] how many entries the wake-up list may hold
-- ARGV[3] id
--
-- Reply: the state before, as in the record, '' if there is no such task; only x and c have been changed. Then the position in the queue, 0 if unchanged.
--#include steps/queue.lua
--#include steps/ring.lua
local id = ARGV[3]
local record = redis.call('GET', task_key(id))
if not record then
  return { '', 0 }
end

local state = string.sub(record, 1, 1)
if state ~= 'x' and state ~= 'c' then
  return { state, 0 }
end

-- With the next fence: whoever still runs it has lost it.
redis.call('SET', task_key(id), 'q' .. string.sub(record, 2, 2) .. '000' .. string.sub(record, 6, 8)
  .. string.format('%06d', tonumber(string.sub(record, 9, 14)) + 1) .. '---'
  .. string.sub(record, 18, 30) .. NOW .. NEVER .. NEVER .. string.sub(record, 70))
redis.call('DEL', outcome_key(id))
redis.call('ZREM', state == 'x' and DEAD or FINISHED, id)
local list = list_of(record)
local position = redis.call('RPUSH', list, id) - tonumber(redis.call('GET', STALE) or 0)
if list == NORMAL then
  position = position + redis.call('LLEN', HIGH)
end

ring(1, tonumber(ARGV[2]))
return { state, math.max(position, 1) }
