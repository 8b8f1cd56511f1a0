-- Adds a session to the index of its user, prunes those that have reached their absolute lifetime, and tells which the user has too many of.
--
-- The index orders sessions by login: its scores grow from one to the next. So each login pushes at most one session out of the allowed number, and names it:
-- however many log in at the same time, they close different ones.
--
-- KEYS[1] index of the user: session ids by the time when the longest lifetime is over (Unix milliseconds), each later than the one before
-- ARGV[1] session id
-- ARGV[2] longest absolute lifetime in milliseconds
-- ARGV[3] how many of the oldest ids to return
-- ARGV[4] how many sessions the user may have
-- ARGV[5] id of the session whose place it takes; empty for none: then it is the newest
--
-- Reply: { the oldest ids: the caller removes those whose session is gone,
--          the ids to close: the one that has been pushed out now, and a few that earlier logins should have closed }
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local lifetime = tonumber(ARGV[2])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now))

local place = ARGV[5] ~= '' and redis.call('ZSCORE', KEYS[1], ARGV[5])
if not place then
  local newest = redis.call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')[2]
  place = math.max(now + lifetime, newest and tonumber(newest) + 1 or 0)
end

redis.call('ZADD', KEYS[1], string.format('%.0f', tonumber(place)), ARGV[1])
if redis.call('PTTL', KEYS[1]) < lifetime then
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
end

local few = tonumber(ARGV[3])
local oldest = redis.call('ZRANGE', KEYS[1], 0, few - 1)
local closing = {}
local surplus = ARGV[5] == '' and redis.call('ZCARD', KEYS[1]) - tonumber(ARGV[4]) or 0
for i = 1, math.min(surplus, few) do
  closing[i] = oldest[i]
end

if surplus > few then
  closing[few + 1] = redis.call('ZRANGE', KEYS[1], surplus - 1, surplus - 1)[1]
end

return { oldest, closing }
