-- Forgets tasks of an owner, whatever their state: their records go, so nobody claims them, and what a running one reports is discarded.
--
-- KEYS    of the queue
-- ARGV[1] prefix of the keys
-- ARGV[2] owner
-- ARGV[3] how many at most
--
-- Reply: how many; fewer than asked for if none are left
--#include steps/queue.lua
local index_of = { d = DELAYED, r = LEASES, s = FINISHED, c = FINISHED, x = DEAD }
local ids = redis.call('ZRANGE', owner_key(ARGV[2]), 0, tonumber(ARGV[3]) - 1)
local keys = {}
for i = 1, #ids do
  local id = ids[i]
  local state = redis.call('GETRANGE', task_key(id), 0, 0)
  if state == 'q' then
    redis.call('INCR', STALE) -- its entry stays in the list until it is claimed, see steps/claim.lua
  elseif index_of[state] then
    redis.call('ZREM', index_of[state], id)
  end

  if state == 'r' then
    redis.call('PUBLISH', WAKEUP, 'cancel ' .. id)
  end

  keys[#keys + 1] = task_key(id)
  keys[#keys + 1] = outcome_key(id)
end

if #ids > 0 then
  redis.call('DEL', unpack(keys))
  redis.call('ZREM', ALL, unpack(ids))
  redis.call('ZREM', owner_key(ARGV[2]), unpack(ids))
end

return #ids
