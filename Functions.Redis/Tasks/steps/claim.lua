-- queued -> running
local LONGEST_STREAK = 10 -- high ones in a row while normal ones wait
local MOST_STALE = 1000 -- entries of cancelled tasks passed over in one call

local function pop_ready(count)
  local ids = {}
  local known = tonumber(redis.call('GET', STREAK) or 0)
  local streak = known
  local function take(list, wanted)
    local popped = redis.call('LPOP', list, wanted) or {}
    if type(popped) == 'string' then
      popped = { popped } -- Garnet answers a count of 1 so
    end

    for i = 1, #popped do
      ids[#ids + 1] = popped[i]
    end

    count = count - #popped
    return #popped
  end

  while count > 0 do
    if streak >= LONGEST_STREAK then
      -- The entry of a cancelled task does not use up the turn.
      if take(NORMAL, 1) == 0 or redis.call('GETRANGE', task_key(ids[#ids]), 0, 0) == 'q' then
        streak = 0
      end
    else
      local wanted = math.min(count, LONGEST_STREAK - streak)
      local taken = take(HIGH, wanted)
      streak = streak + taken
      if taken < wanted then
        streak = 0
        take(NORMAL, count)
        break
      end
    end
  end

  if streak ~= known then
    redis.call('SET', STREAK, streak, 'EX', 86400)
  end

  return ids
end

-- Claims up to `count` tasks under leases of `duration` milliseconds; appends id and record of each to `reply`. Returns whether
-- it gave up for now, though more may be there.
-- An entry whose task is not queued belongs to one that was cancelled: taking it from the middle of a long list would cost too much then.
local function claim(count, duration, reply)
  local leases = {}
  local stale = 0
  local drained = false
  local expiry = string.format('%.0f', now + duration)
  while count > 0 and stale < MOST_STALE do
    local ids = pop_ready(count)
    if #ids == 0 then
      drained = true
      break
    end

    for i = 1, #ids do
      local id = ids[i]
      local key = task_key(id)
      local record = redis.call('GET', key)
      if record and string.sub(record, 1, 1) == 'q' then
        local header = 'r' .. string.sub(record, 2, 2)
          .. string.format('%03d', tonumber(string.sub(record, 3, 5)) + 1) .. string.sub(record, 6, 8)
          .. string.format('%06d', tonumber(string.sub(record, 9, 14)) + 1) .. '---'
          .. string.sub(record, 18, 43) .. NOW .. NEVER
        redis.call('SETRANGE', key, 0, header)
        leases[#leases + 1] = expiry
        leases[#leases + 1] = id
        reply[#reply + 1] = id
        reply[#reply + 1] = header .. string.sub(record, 70)
        count = count - 1
      else
        stale = stale + 1
      end
    end
  end

  if #leases > 0 then
    redis.call('ZADD', LEASES, unpack(leases))
  end

  if drained then
    redis.call('DEL', WAKEUP, STALE) -- nothing waits: no bells, no entries of cancelled tasks
  elseif stale > 0 then
    redis.call('DECRBY', STALE, stale)
  end

  return stale >= MOST_STALE
end
