-- Doorbells: tells whoever waits that there is work. They may be lost; nothing depends on them but time.

-- Rings for `count` new tasks. The list, by whose length the platform scales, holds `bound` entries at most.
local function ring(count, bound)
  if bound > 0 then
    local bells = {}
    for i = 1, math.min(count, bound) do
      bells[i] = 'work'
    end

    local length = redis.call('RPUSH', WAKEUP, unpack(bells))
    if length == #bells then
      redis.call('EXPIRE', WAKEUP, 86400)
    elseif length > bound then
      redis.call('LTRIM', WAKEUP, -bound, -1)
    end
  end

  redis.call('PUBLISH', WAKEUP, 'work')
end
