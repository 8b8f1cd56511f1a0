-- Numbers an event, appends it to its channel's history, marks the channel as pending and publishes the event. Publishing an id that the
-- history still has tells how far the event has come; one that is not handled yet is announced again.
--
-- Any of the keys may be missing, as a server that is short of memory evicts them one by one. So an id counts as known only if the channel
-- and the history know the event too; otherwise it is published as new: twice rather than not at all.
--
-- A sequence number is the server's time in microseconds, or the last number plus one where that is greater: it grows along a channel
-- even when the server has lost its data meanwhile. `previous` chains events, so that a reader notices one that it has missed.
--
-- KEYS[1] channel (hash): head, floor (newest number that has left the history), handled, lease, lease_until, a:<n> and d:<n> (see defer.lua)
-- KEYS[2] history (sorted set): envelopes by sequence number
-- KEYS[3] ids (hash): sequence numbers by event id
-- KEYS[4] deferred (sorted set): sequence numbers of events that wait for a retry
-- KEYS[5] pending channels of the partition (sorted set): when a sweep has to look after them, in Unix milliseconds
-- ARGV[1] name of the channel
-- ARGV[2] event id, 32 characters
-- ARGV[3] envelope behind "previous", beginning with its id (positions are counted below)
-- ARGV[4] events that stay in the history at least
-- ARGV[5] time for which events stay in the history at least, in microseconds, as long as there are no more than ARGV[6]
-- ARGV[6] handled events in the history at most
-- ARGV[7] events in the history at most, unhandled ones included
-- ARGV[8] lifetime of an idle channel in milliseconds
-- ARGV[9] how long a sweep leaves the event to those who hear it, in milliseconds
-- ARGV[10] id of the event that must be in the history before this one; empty for none
--
-- Reply: {sequence number, "published" | "pending" | "handled" | "lost", unhandled events that were dropped}
local channel = redis.call('HMGET', KEYS[1], 'head', 'floor', 'handled')
if not channel[1] then
  redis.call('DEL', KEYS[2], KEYS[3], KEYS[4]) -- Nobody knows any more which of these were handled.
end

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])

local function look_after()
  local at = math.floor(now / 1000) + tonumber(ARGV[9])
  local stored = redis.call('ZSCORE', KEYS[5], ARGV[1])
  if not stored or tonumber(stored) > at then
    redis.call('ZADD', KEYS[5], string.format('%.0f', at), ARGV[1])
  end

  for _, key in ipairs(KEYS) do
    redis.call('PEXPIRE', key, ARGV[8])
  end
end

local handled = tonumber(channel[3] or 0)
local known = redis.call('HGET', KEYS[3], ARGV[2])
local stored = known and redis.call('ZRANGEBYSCORE', KEYS[2], known, known)[1]
if stored then
  local is_deferred = redis.call('HEXISTS', KEYS[1], 'd:' .. known) == 1
  if tonumber(known) <= handled and not is_deferred then
    return {known, 'handled', 0}
  end

  if is_deferred then
    redis.call('ZADD', KEYS[4], known, known)
  end

  look_after()
  redis.call('PUBLISH', ARGV[1], stored)
  return {known, 'pending', 0}
end

if ARGV[10] ~= '' and redis.call('HEXISTS', KEYS[3], ARGV[10]) == 0 then
  return {'0', 'lost', 0}
end

local head = tonumber(channel[1] or now - 1)
local sequence = string.format('%.0f', math.max(now, head + 1))
local previous = string.format('%.0f', head)
if not channel[1] then
  redis.call('HSET', KEYS[1], 'floor', previous, 'handled', previous)
  handled = head
end

local envelope = '{"sequence":' .. sequence .. ',"previous":' .. previous .. ',' .. ARGV[3]
redis.call('ZADD', KEYS[2], sequence, envelope)
redis.call('HSET', KEYS[3], ARGV[2], sequence)
redis.call('HSET', KEYS[1], 'head', sequence)

local dropped = 0
local count = redis.call('ZCARD', KEYS[2])
if count == 1 then
  redis.call('HSET', KEYS[1], 'floor', previous) -- The first, or the history was lost: readers shall know.
end

if count > tonumber(ARGV[4]) then
  local first = redis.call('ZRANGE', KEYS[4], 0, 0)[1]
  local needed = first and math.min(handled, tonumber(first) - 1) or handled
  for _, old in ipairs(redis.call('ZRANGE', KEYS[2], 0, 19)) do
    local number = string.sub(old, 13, 28)
    local age = now - tonumber(number)
    local is_needed = tonumber(number) > needed
    local is_over = count > tonumber(ARGV[7])
    if count <= tonumber(ARGV[4]) or (is_needed and not is_over) or (age < tonumber(ARGV[5]) and count <= tonumber(ARGV[6])) then
      break
    end

    redis.call('ZREM', KEYS[2], old)
    local id = string.sub(old, 64, 95)
    if redis.call('HGET', KEYS[3], id) == number then
      redis.call('HDEL', KEYS[3], id) -- Not that of the same event, published again.
    end

    redis.call('HSET', KEYS[1], 'floor', number)
    count = count - 1
    if is_needed then
      dropped = dropped + 1
      redis.call('ZREM', KEYS[4], number)
      redis.call('HDEL', KEYS[1], 'a:' .. number, 'd:' .. number)
      if tonumber(number) > handled then
        handled = tonumber(number)
        redis.call('HSET', KEYS[1], 'handled', number)
      end
    end
  end
end

look_after()
redis.call('PUBLISH', ARGV[1], envelope)
return {sequence, 'published', dropped}
