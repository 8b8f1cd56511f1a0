-- Does what nobody else does: queues delayed tasks that are due, takes back what crashed workers held, forgets old tasks, and rings
-- where work waits, as bells can be lost. delayed -> queued; running -> queued or dead.
--
-- KEYS    of the queue
-- ARGV[1] prefix of the keys
-- ARGV[2] retention of finished tasks in milliseconds
-- ARGV[3] how many finished tasks are kept, and how many dead ones
-- ARGV[4] how many tasks of each kind to look at
-- ARGV[5] what to write to a task whose last attempt was lost
--
-- Reply: number of due tasks, of expired leases that were queued again, of those that are dead now, of entries in the ready lists; then for the
--        metrics: tasks that are queued, running, delayed and dead
--#include steps/queue.lua
--#include steps/ring.lua
--#include steps/promote.lua
--#include steps/forget.lua
--#include steps/finish.lua
local ORPHANS_LOOKED = 50

local retention, kept, limit = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local due = promote(limit)

local again, dead = 0, 0
local lost = redis.call('ZRANGEBYSCORE', LEASES, '-inf', NOW, 'LIMIT', 0, limit)
for i = 1, #lost do
  local record = redis.call('GET', task_key(lost[i]))
  local running = record and string.sub(record, 1, 1) == 'r'
  if running and exhausted(record) then
    bury(lost[i], record, ARGV[5], retention)
    dead = dead + 1
  elseif running then
    requeue(lost[i], record, true)
    again = again + 1
  end
end

if #lost > 0 then
  redis.call('ZREM', LEASES, unpack(lost))
end

if dead > 0 then
  count_finished(dead)
end

for _, index in ipairs({ FINISHED, DEAD }) do
  forget_old(index, retention, limit)
  forget_surplus(index, kept, limit)
end

forget_orphans(ORPHANS_LOOKED)

local waiting = redis.call('LLEN', HIGH) + redis.call('LLEN', NORMAL)
if waiting > 0 then
  ring(1, 0)
end

local queued = waiting - tonumber(redis.call('GET', STALE) or 0)
return { due, again, dead, waiting, queued, redis.call('ZCARD', LEASES), redis.call('ZCARD', DELAYED), redis.call('ZCARD', DEAD) }
