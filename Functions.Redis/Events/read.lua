-- Reads a channel's history behind a position, and opens the channel if there is none: from then on its history is known to be complete.
--
-- KEYS[1] channel (see publish.lua)
-- KEYS[2] history
-- KEYS[3] ids
-- ARGV[1] position: the sequence number of the last event that the reader has; empty for the head of the channel
-- ARGV[2] events to return at most
-- ARGV[3] lifetime of an idle channel in milliseconds
--
-- Reply: {head, position that the events follow; greater than the one given if events in between have left the history, events}
local channel = redis.call('HMGET', KEYS[1], 'head', 'floor')
local head, floor = channel[1], channel[2]
if not head then
  local time = redis.call('TIME')
  head = string.format('%.0f', tonumber(time[1]) * 1000000 + tonumber(time[2]))
  floor = head
  redis.call('DEL', KEYS[2], KEYS[3]) -- What is left of a channel that the server has evicted: nobody knows what was handled.
  redis.call('HSET', KEYS[1], 'head', head, 'floor', head, 'handled', head)
end

for _, key in ipairs(KEYS) do
  redis.call('PEXPIRE', key, ARGV[3])
end

if ARGV[1] == '' then
  return {head, head, {}}
end

local from = ARGV[1]
if tonumber(floor) > tonumber(from) then
  from = floor
end

return {head, from, redis.call('ZRANGEBYSCORE', KEYS[2], '(' .. from, '+inf', 'LIMIT', 0, ARGV[2])}
