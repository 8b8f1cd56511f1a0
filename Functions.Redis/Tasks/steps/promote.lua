-- delayed -> queued, for at most `limit` tasks that are due. Returns how many.
local function promote(limit)
  local due = redis.call('ZRANGEBYSCORE', DELAYED, '-inf', NOW, 'LIMIT', 0, limit)
  for i = 1, #due do
    local key = task_key(due[i])
    local header = redis.call('GETRANGE', key, 0, 1)
    if string.sub(header, 1, 1) == 'd' then
      redis.call('SETRANGE', key, 0, 'q')
      redis.call('RPUSH', list_of(header), due[i])
    end
  end

  if #due > 0 then
    redis.call('ZREM', DELAYED, unpack(due))
  end

  return #due
end
