-- What all scripts of the queue share: its keys, the time, and the layout of a task's record.
--
-- Every script is called with all keys of the queue, in this order, and with their prefix as ARGV[1]. They share a hash tag; so do the keys of
-- tasks and owners, which are made here. On Garnet the same KEYS are also what keeps two scripts from running at the same time.
local HIGH, NORMAL, DELAYED, LEASES, FINISHED, DEAD, ALL, WAKEUP, STALE, STREAK = unpack(KEYS)
local PREFIX = ARGV[1]

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local NOW = string.format('%013.0f', now)
local NEVER = '0000000000000'

-- A record is a header of fixed width, so that a transition reads and writes it in place, and a body that never changes:
--    1      state: q queued, d delayed, r running, s succeeded, x dead, c cancelled
--    2      priority: h high, n normal
--    3-5    attempts that count
--    6-8    maximum of attempts
--    9-14   fence: how often the task has been claimed
--   15-17   progress in percent, or "---"
--   18-30   created              31-43   queued since, or when delayed: next attempt
--   44-56   last claimed         57-69   finished
-- then name, owner and traceparent, each with a line feed, and the payload. Times are Unix milliseconds.
local function task_key(id)
  return PREFIX .. 'task:' .. id
end

-- The result of a task that succeeded, or the error of the last attempt.
local function outcome_key(id)
  return PREFIX .. 'outcome:' .. id
end

local function owner_key(owner)
  return PREFIX .. 'owner:' .. owner
end

local function list_of(record)
  return string.sub(record, 2, 2) == 'h' and HIGH or NORMAL
end
