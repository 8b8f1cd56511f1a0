-- Lists tasks from the youngest to the oldest id.
--
-- KEYS    of the queue
-- ARGV[1] prefix of the keys
-- ARGV[2] owner, or '' for everybody's
-- ARGV[3] state as in the record, or '' for all
-- ARGV[4] id to go on after, or ''
-- ARGV[5] how many to return at most
-- ARGV[6] how many to look at
-- ARGV[7] bytes of records and outcomes to return at most, unless there is only one
-- ARGV[8] bytes of those that the page has already
-- ARGV[9] name of the tasks, or '' for all
--
-- Reply: the id to go on after, '' at the end; then id, record and outcome (or '') of each
--#include steps/queue.lua
--#include steps/named.lua
local index = ARGV[2] == '' and ALL or owner_key(ARGV[2])
local wanted, looked = tonumber(ARGV[5]), tonumber(ARGV[6])
local most, bytes = tonumber(ARGV[7]), tonumber(ARGV[8])
local reply = { '' }
local ids = redis.call('ZREVRANGEBYLEX', index, ARGV[4] == '' and '+' or '(' .. ARGV[4], '-', 'LIMIT', 0, looked)
for i = 1, #ids do
  local key = task_key(ids[i])
  if ARGV[3] == '' or redis.call('GETRANGE', key, 0, 0) == ARGV[3] then
    local record = redis.call('GET', key)
    if record and not is_named(record, ARGV[9]) then
      -- it is another's
    elseif record then
      local outcome = redis.call('GET', outcome_key(ids[i])) or ''
      local size = #record + #outcome
      if bytes > 0 and bytes + size > most then
        reply[1] = i > 1 and ids[i - 1] or ARGV[4]
        return reply
      end

      bytes = bytes + size
      reply[#reply + 1] = ids[i]
      reply[#reply + 1] = record
      reply[#reply + 1] = outcome
      wanted = wanted - 1
    else
      redis.call('ZREM', index, ids[i]) -- it has expired
    end
  end

  if wanted == 0 and i < #ids then
    reply[1] = ids[i]
    return reply
  end
end

if #ids == looked then
  reply[1] = ids[#ids]
end

return reply
