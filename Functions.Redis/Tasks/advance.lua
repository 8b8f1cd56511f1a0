-- What a worker tells of its running tasks and asks for, in one step: ends attempts, prolongs leases, and claims the next tasks.
-- running -> succeeded, dead, delayed or queued; delayed -> queued; queued -> running; queued or dead -> succeeded, where the sweep took a lease away
-- that nobody has claimed since.
--
-- KEYS    of the queue
-- ARGV[1] prefix of the keys
-- ARGV[2] how many tasks to claim
-- ARGV[3] duration of leases in milliseconds
-- ARGV[4] retention of finished tasks in milliseconds
-- ARGV[5] how many finished tasks are kept, and how many dead ones
-- ARGV[6] how many entries the wake-up list may hold
-- then per report:
--   verb: s succeeded, f failed (again later, or dead when its attempts are used up), d dead at once, g given back, e extend the lease
--   id
--   fence of the claim, 6 digits: what was claimed again since, cancelled or ended is not touched
--   s: result or ''; f, d: reason; e: progress as in the record, or ''
--   f: delay in milliseconds
--
-- Reply: one character per report: 1 done and the task goes on or has succeeded, 2 done and it is dead, 0 discarded: the lease was lost
--        milliseconds until there may be more to claim, because a delayed task is due; -1 if none is
--        then id and record of each claimed task
--#include steps/queue.lua
--#include steps/ring.lua
--#include steps/promote.lua
--#include steps/claim.lua
--#include steps/forget.lua
--#include steps/finish.lua
local duration, retention, kept, bound = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local verdicts = {}
local ended, succeeded, extended = {}, {}, {}
local dead, given = 0, 0
local expiry = string.format('%.0f', now + duration)
for i = 7, #ARGV, 5 do
  local verb, id, fence, text = ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3]
  local record = redis.call('GET', task_key(id))
  local state = record and string.sub(record, 9, 14) == fence and string.sub(record, 1, 1)
  if state == 's' and verb == 's' then
    verdicts[#verdicts + 1] = '1' -- the answer to this report was lost, and it was sent again
  elseif state ~= 'r' and not (verb == 's' and (state == 'q' or state == 'x')) then
    verdicts[#verdicts + 1] = '0'
  elseif verb == 'e' then
    verdicts[#verdicts + 1] = '1'
    extended[#extended + 1] = expiry
    extended[#extended + 1] = id
    if text ~= '' then
      redis.call('SETRANGE', task_key(id), 14, text)
    end
  else
    verdicts[#verdicts + 1] = '1'
    ended[#ended + 1] = id
    if verb == 's' then
      if state == 'q' then
        redis.call('INCR', STALE) -- its entry stays in the list until it is claimed, see steps/claim.lua
      elseif state == 'x' then
        redis.call('ZREM', DEAD, id)
      end

      succeed(id, record, text, retention)
      succeeded[#succeeded + 1] = NOW
      succeeded[#succeeded + 1] = id
    elseif verb == 'g' then
      requeue(id, record, false)
      given = given + 1
    elseif verb == 'd' or exhausted(record) then
      bury(id, record, text, retention)
      verdicts[#verdicts] = '2'
      dead = dead + 1
    else
      delay(id, record, text, tonumber(ARGV[i + 4]))
    end
  end
end

if #extended > 0 then
  redis.call('ZADD', LEASES, unpack(extended))
end

if #ended > 0 then
  redis.call('ZREM', LEASES, unpack(ended))
end

if #succeeded > 0 then
  redis.call('ZADD', FINISHED, unpack(succeeded))
  redis.call('PEXPIRE', FINISHED, string.format('%.0f', retention + BACKSTOP))
  forget_surplus(FINISHED, kept, #succeeded)
end

if dead > 0 then
  forget_surplus(DEAD, kept, dead * 2)
end

if dead + #succeeded > 0 then
  count_finished(dead + #succeeded / 2)
end

if given > 0 then
  ring(given, bound)
end

local reply = { table.concat(verdicts), -1 }
local wanted = tonumber(ARGV[2])
local more = false
if wanted > 0 then
  promote(wanted * 2)
  more = claim(wanted, duration, reply)
end

local next = redis.call('ZRANGE', DELAYED, 0, 0, 'WITHSCORES')
if more then
  reply[2] = 0
elseif next[2] then
  reply[2] = math.max(tonumber(next[2]) - now, 0)
end

return reply
