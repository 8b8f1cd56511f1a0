-- Takes an attempt back from the state that counted it. The wait that it caused ends; one that a later attempt caused goes on.
-- KEYS: attempt.lua. ARGV[2] which state, ARGV[3] the wait that it caused, ARGV[4] how long failures are remembered: milliseconds.
local function take_back()
  local state = KEYS[tonumber(ARGV[2])]
  local failures, until_time = string.match(redis.call('GET', state) or '0 0', '(%d+) (%d+)')
  if until_time == ARGV[3] then
    until_time = '0'
  end

  if tonumber(failures) > 1 then
    local time = redis.call('TIME')
    local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
    local wait = math.max(tonumber(until_time) - now, 0)
    redis.call('SET', state, string.format('%.0f %s', tonumber(failures) - 1, until_time), 'PX', string.format('%.0f', wait + tonumber(ARGV[4])))
  else
    redis.call('DEL', state)
  end
end