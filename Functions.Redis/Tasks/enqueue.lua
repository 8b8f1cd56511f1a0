-- Accepts tasks: nothing -> queued, or -> delayed.
--
-- KEYS    of the queue
-- ARGV[1] prefix of the keys
-- ARGV[2] how many entries the wake-up list may hold
-- ARGV[3] how long an idempotency key is remembered, in milliseconds
-- then per task:
--   id
--   priority and maximum of attempts as in the record, "n005"
--   delay in milliseconds
--   owner, or ''
--   idempotency key, or ''
--   body of the record
--
-- Reply: per task its id, and its position in the queue; 0 if it is delayed, -1 if nothing was enqueued: its
--        idempotency key was used for the task with the id that is returned, or there is a task with its id
--#include steps/queue.lua
--#include steps/ring.lua
local reply = {}
local queued = 0
local stale = tonumber(redis.call('GET', STALE) or 0)
local all = {}
for i = 4, #ARGV, 6 do
  local id, limits, delay, owner, once, body = ARGV[i], ARGV[i + 1], tonumber(ARGV[i + 2]), ARGV[i + 3], ARGV[i + 4], ARGV[i + 5]
  local earlier = false
  if once ~= '' then
    local key = PREFIX .. 'once:' .. once
    earlier = redis.call('GET', key)
    if not earlier then
      redis.call('SET', key, id, 'PX', ARGV[3])
    end
  end

  local due, header
  if not earlier then
    due = string.format('%013.0f', now + delay)
    header = (delay > 0 and 'd' or 'q') .. string.sub(limits, 1, 1) .. '000' .. string.sub(limits, 2) .. '000000---' .. NOW .. due .. NEVER .. NEVER
    if not redis.call('SET', task_key(id), header .. body, 'NX') then
      earlier = id
    end
  end

  reply[#reply + 1] = earlier or id
  if earlier then
    reply[#reply + 1] = -1
  else
    all[#all + 1] = 0
    all[#all + 1] = id
    if owner ~= '' then
      redis.call('ZADD', owner_key(owner), 0, id)
    end

    if delay > 0 then
      redis.call('ZADD', DELAYED, due, id)
      reply[#reply + 1] = 0
    else
      local list = list_of(header)
      local length = redis.call('RPUSH', list, id)
      if list == NORMAL then
        length = length + redis.call('LLEN', HIGH)
      end

      reply[#reply + 1] = math.max(length - stale, 1)
      queued = queued + 1
    end
  end
end

if #all > 0 then
  redis.call('ZADD', ALL, unpack(all))
  -- For delayed ones too: a worker that hears of them knows until when it may sleep.
  ring(math.max(queued, 1), queued > 0 and tonumber(ARGV[2]) or 0)
end

return reply
