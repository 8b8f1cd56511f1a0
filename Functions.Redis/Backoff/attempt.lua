-- Counts an attempt on an account before it is known whether it fails, so that attempts made at the same time count too. An attempt that is
-- made while the account waits is refused, and neither counts nor prolongs the wait.
--
-- KEYS[1] state of the account: "<failures> <Unix milliseconds until which it waits>"
-- KEYS[2] places from which the account was entered lately: sorted set by the time until which they are remembered (Unix milliseconds)
-- KEYS[3] state of the account for this place alone, which counts instead of KEYS[1] if the place is among them
-- ARGV[1] place
-- ARGV[2] attempts without a wait
-- ARGV[3] first wait in milliseconds; every further failure doubles it
-- ARGV[4] longest wait in milliseconds
-- ARGV[5] how long failures are remembered after the last one, in milliseconds
--
-- Reply: milliseconds to wait, 0 if the attempt may be made; then, if it may: which state counted it (1 the account's, 3 the place's), and the wait
-- that it caused (Unix milliseconds)
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local known = redis.call('ZSCORE', KEYS[2], ARGV[1])
local state = known and tonumber(known) > now and 3 or 1

local failures, until_time = string.match(redis.call('GET', KEYS[state]) or '0 0', '(%d+) (%d+)')
local longest = tonumber(ARGV[4])
local left = math.min(tonumber(until_time) - now, longest)
if left > 0 then
  return { left, 0, 0 }
end

failures = tonumber(failures) + 1
local beyond = failures - tonumber(ARGV[2])
local wait = beyond >= 0 and math.min(tonumber(ARGV[3]) * 2 ^ math.min(beyond, 40), longest) or 0
redis.call('SET', KEYS[state], string.format('%.0f %.0f', failures, now + wait), 'PX', string.format('%.0f', wait + tonumber(ARGV[5])))
return { 0, state, now + wait }
