-- Retention: finished tasks are forgotten when they are too old or too many.

local function forget(ids)
  if #ids == 0 then
    return
  end

  local keys = {}
  for i = 1, #ids do
    local record = redis.call('GET', task_key(ids[i]))
    local owner = record and string.match(record, '^[^\n]*\n([^\n]+)\n', 70)
    if owner then
      redis.call('ZREM', owner_key(owner), ids[i])
    end

    keys[#keys + 1] = task_key(ids[i])
    keys[#keys + 1] = outcome_key(ids[i])
  end

  redis.call('DEL', unpack(keys))
  redis.call('ZREM', ALL, unpack(ids))
end

-- Keeps the `kept` youngest members of `index`; forgets at most `limit` others.
local function forget_surplus(index, kept, limit)
  local surplus = math.min(redis.call('ZCARD', index) - kept, limit)
  if surplus > 0 then
    local ids = redis.call('ZRANGE', index, 0, surplus - 1)
    redis.call('ZREM', index, unpack(ids))
    forget(ids)
  end
end

-- The index of all tasks has no time to live, as unfinished tasks are in it; the indexes of finished ones have, and a server that runs out of memory
-- may evict them. So each call looks at the next `limit` members of the former, from the oldest round and round, and drops those without a record.
local function forget_orphans(limit)
  local key = PREFIX .. 'orphans'
  local after = redis.call('GET', key)
  local ids = redis.call('ZRANGEBYLEX', ALL, after and '(' .. after or '-', '+', 'LIMIT', 0, limit)
  for i = 1, #ids do
    if redis.call('EXISTS', task_key(ids[i])) == 0 then
      redis.call('ZREM', ALL, ids[i])
    end
  end

  if #ids == limit then
    redis.call('SET', key, ids[limit], 'EX', 86400)
  elseif after then
    redis.call('DEL', key)
  end
end

-- Forgets at most `limit` members of `index` that finished longer ago than `retention` milliseconds.
local function forget_old(index, retention, limit)
  local ids = redis.call('ZRANGEBYSCORE', index, '-inf', string.format('%.0f', now - retention), 'LIMIT', 0, limit)
  if #ids > 0 then
    redis.call('ZREM', index, unpack(ids))
    forget(ids)
  end
end
