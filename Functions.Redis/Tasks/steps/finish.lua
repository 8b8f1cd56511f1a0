-- running -> succeeded, dead, delayed or queued: the ends of an attempt; a lost one may succeed late (advance.lua). Each takes the record as it is; the caller has checked whose it is and
-- takes the lease away.
--
-- The record itself expires a day after its retention, so that it goes even where nobody sweeps.
local BACKSTOP = 86400000

local function index_finished(index, id, retention)
  redis.call('ZADD', index, NOW, id)
  redis.call('PEXPIRE', index, string.format('%.0f', retention + BACKSTOP))
end

-- Counts in steps of 10 seconds, for the throughput.
local function count_finished(count)
  local key = PREFIX .. 'throughput:' .. string.sub(NOW, 1, 9)
  redis.call('INCRBY', key, string.format('%.0f', count)) -- a quotient is 1.0 in the Lua of Garnet
  redis.call('EXPIRE', key, 120)
end

-- The payload is of no use any more. The caller indexes the task.
local function succeed(id, record, result, retention)
  local expiry = string.format('%.0f', retention + BACKSTOP)
  local about = string.match(record, '^[^\n]*\n[^\n]*\n[^\n]*\n', 70)
  -- The outcome first: on Garnet others may read between two commands of a script, and a task that has succeeded must have its result.
  if result ~= '' then
    redis.call('SET', outcome_key(id), result, 'PX', expiry)
  elseif string.sub(record, 9, 14) ~= '000001' or string.sub(record, 1, 1) ~= 'r' then
    redis.call('DEL', outcome_key(id)) -- the error of an earlier attempt, or of the sweep
  end

  redis.call('SET', task_key(id), 's' .. string.sub(record, 2, 14) .. '100' .. string.sub(record, 18, 56) .. NOW .. about, 'PX', expiry)
end

-- Keeps the payload, for a retry by hand.
local function bury(id, record, reason, retention)
  local expiry = string.format('%.0f', retention + BACKSTOP)
  redis.call('SET', outcome_key(id), reason, 'PX', expiry)
  redis.call('SET', task_key(id), 'x' .. string.sub(record, 2, 56) .. NOW .. string.sub(record, 70), 'PX', expiry)
  index_finished(DEAD, id, retention)
end

local function delay(id, record, reason, milliseconds)
  local due = string.format('%013.0f', now + milliseconds)
  redis.call('SET', outcome_key(id), reason)
  redis.call('SETRANGE', task_key(id), 0, 'd' .. string.sub(record, 2, 30) .. due)
  redis.call('ZADD', DELAYED, due, id)
end

-- To the head of its list: it has waited before. With `counted` false the attempt does not count.
local function requeue(id, record, counted)
  local attempts = tonumber(string.sub(record, 3, 5)) - (counted and 0 or 1)
  redis.call('SETRANGE', task_key(id), 0, 'q' .. string.sub(record, 2, 2) .. string.format('%03d', attempts) .. string.sub(record, 6, 30) .. NOW)
  redis.call('LPUSH', list_of(record), id)
end

local function exhausted(record)
  return tonumber(string.sub(record, 3, 5)) >= tonumber(string.sub(record, 6, 8))
end
