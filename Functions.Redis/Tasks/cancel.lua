-- queued, delayed or running -> cancelled.
--
-- KEYS    of the queue
-- ARGV[1] prefix of the keys
-- ARGV[2] retention of finished tasks in milliseconds
-- ARGV[3] how many finished tasks are kept
-- ARGV[4] id
--
-- Reply: the state before, as in the record; '' if there is no such task. Only q, d and r have been changed.
--#include steps/queue.lua
--#include steps/forget.lua
--#include steps/finish.lua
local id = ARGV[4]
local retention = tonumber(ARGV[2])
local record = redis.call('GET', task_key(id))
if not record then
  return ''
end

local state = string.sub(record, 1, 1)
if state == 'q' then
  redis.call('INCR', STALE) -- its entry stays in the list until it is claimed, see steps/claim.lua
elseif state == 'd' then
  redis.call('ZREM', DELAYED, id)
elseif state == 'r' then
  redis.call('ZREM', LEASES, id)
  redis.call('PUBLISH', WAKEUP, 'cancel ' .. id)
else
  return state
end

local expiry = string.format('%.0f', retention + BACKSTOP)
redis.call('SET', task_key(id), 'c' .. string.sub(record, 2, 56) .. NOW .. string.sub(record, 70), 'PX', expiry)
redis.call('PEXPIRE', outcome_key(id), expiry)
index_finished(FINISHED, id, retention)
forget_surplus(FINISHED, tonumber(ARGV[3]), 2)
return state
