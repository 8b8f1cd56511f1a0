-- Lists the running, delayed, dead, succeeded or cancelled tasks of everybody, from the latest to the earliest in their index.
--
-- KEYS    of the queue
-- ARGV[1] prefix of the keys
-- ARGV[2] index: leases, delayed, dead or finished
-- ARGV[3] state as in the record
-- ARGV[4] id to go on after, or ''
-- ARGV[5] its score
-- ARGV[6] how many to return at most
-- ARGV[7] how many to look at
-- ARGV[8] bytes of records and outcomes to return at most, unless there is only one
-- ARGV[9] bytes of those that the page has already
-- ARGV[10] name of the tasks, or '' for all
--
-- Reply: the id to go on after, '' at the end; its score; then id, record and outcome (or '') of each
--#include steps/queue.lua
--#include steps/named.lua
local index = PREFIX .. ARGV[2]
local first = 0
if ARGV[4] ~= '' then
  local rank = redis.call('ZREVRANK', index, ARGV[4])
  first = rank and rank + 1 or redis.call('ZCOUNT', index, '(' .. ARGV[5], '+inf') -- it has moved on: everything later than it was
end

local wanted, looked = tonumber(ARGV[6]), tonumber(ARGV[7])
local most, bytes = tonumber(ARGV[8]), tonumber(ARGV[9])
local reply = { '', '' }
local found = redis.call('ZREVRANGE', index, first, first + looked - 1, 'WITHSCORES')
for i = 1, #found, 2 do
  local record = redis.call('GET', task_key(found[i]))
  if record and string.sub(record, 1, 1) == ARGV[3] and is_named(record, ARGV[10]) then
    local outcome = redis.call('GET', outcome_key(found[i])) or ''
    local size = #record + #outcome
    if bytes > 0 and bytes + size > most then
      reply[1] = i > 1 and found[i - 2] or ARGV[4]
      reply[2] = i > 1 and found[i - 1] or ARGV[5]
      return reply
    end

    bytes = bytes + size
    reply[#reply + 1] = found[i]
    reply[#reply + 1] = record
    reply[#reply + 1] = outcome
    wanted = wanted - 1
  end

  if wanted == 0 and i + 1 < #found then
    reply[1] = found[i]
    reply[2] = found[i + 1]
    return reply
  end
end

if #found == looked * 2 then
  reply[1] = found[#found - 1]
  reply[2] = found[#found]
end

return reply
