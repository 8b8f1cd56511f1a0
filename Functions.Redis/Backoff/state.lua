-- Which state counts for the place ARGV[1]: its own, if the account was entered from there lately. KEYS: attempt.lua.
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local known = redis.call('ZSCORE', KEYS[2], ARGV[1])
local state = known and tonumber(known) > now and KEYS[3] or KEYS[1]