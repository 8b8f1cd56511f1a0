-- dead or cancelled -> queued, with all its attempts before it again.
--
-- KEYS    of the queue
-- ARGV[1] prefix of the keys
-- ARGV[2] how many entries the wake-up list may hold
-- ARGV[3] id
--
-- Reply: the state before, as in the record; '' if there is no such task. Only x and c have been changed.
--#include steps/queue.lua
--#include steps/ring.lua
local id = ARGV[3]
local record = redis.call('GET', task_key(id))
if not record then
  return ''
end

local state = string.sub(record, 1, 1)
if state ~= 'x' and state ~= 'c' then
  return state
end

redis.call('SET', task_key(id), 'q' .. string.sub(record, 2, 2) .. '000' .. string.sub(record, 6, 14) .. '---'
  .. string.sub(record, 18, 30) .. NOW .. NEVER .. NEVER .. string.sub(record, 70))
redis.call('DEL', outcome_key(id))
redis.call('ZREM', state == 'x' and DEAD or FINISHED, id)
redis.call('RPUSH', list_of(record), id)
ring(1, tonumber(ARGV[2]))
return state
