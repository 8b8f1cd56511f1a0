-- The log of a sliding window in which requests have taken several permits at once: one entry per request, whatever it took.
-- State: a list of a header of two numbers, single entries and weighted entries, all oldest first:
--   header            -(number of single entries) - 1, which no time is, and the running total of the last weighted entry that has left
--   single entries    the time of one permit (Unix microseconds); taken before the log was weighted
--   weighted entries  two elements each: the time, and the running total of permits over all weighted entries up to this one
-- So the permits between any two entries are a difference of two numbers, and what has left the window is found by bisection.

-- The first whole number from 1 for which is_true(number) holds; it must hold for all numbers behind that one.
local function first_where(is_true)
  local below, above = 0, 1
  while not is_true(above) do
    below, above = above, above * 2
  end
  while above - below > 1 do
    local middle = math.floor((below + above) / 2)
    if is_true(middle) then
      above = middle
    else
      below = middle
    end
  end
  return above
end

local weighted_log = {}

local HEADER = 2

local function header(singles, base)
  return string.format('%d', base), string.format('%d', -singles - 1)
end

-- A log whose last entry has left may be gone at any command, where the server's clock goes on meanwhile (keep.lua).
local function open(key)
  local found = redis.call('LRANGE', key, 0, HEADER - 1)
  local length = redis.call('LLEN', key)
  if not found[1] or length == 0 then
    return { key = key, singles = 0, base = 0, entries = 0 }
  end

  local singles = -tonumber(found[1]) - 1
  return {
    key = key,
    singles = singles,
    base = tonumber(found[2]),
    entries = singles + (length - HEADER - singles) / 2,
  }
end

-- Where an entry begins in the list; entries are numbered from 0.
local function position(log, entry)
  return HEADER + entry + (entry > log.singles and entry - log.singles or 0)
end

local function element(log, index)
  return tonumber(redis.call('LINDEX', log.key, string.format('%d', index)))
end

local function time_of(log, entry)
  return element(log, position(log, entry))
end

local function running_total(log, entry)
  return element(log, position(log, entry) + 1)
end

local function set_element(log, index, value)
  redis.call('LSET', log.key, string.format('%d', index), value)
end

-- How many permits an entry and all before it have taken.
local function permits_until(log, entry)
  return entry < log.singles and entry + 1 or log.singles + running_total(log, entry) - log.base
end

-- Forgets the oldest entries.
local function drop(log, entries)
  if entries == log.entries then
    redis.call('DEL', log.key)
    log.entries = 0
    return
  end

  local first = position(log, entries)
  if entries > log.singles then
    log.base = running_total(log, entries - 1)
  end
  log.singles = log.singles > entries and log.singles - entries or 0
  log.entries = log.entries - entries
  redis.call('LTRIM', log.key, string.format('%d', first), -1)
  redis.call('LPUSH', log.key, header(log.singles, log.base))
end

-- Makes a list of so many single entries a weighted log, with an entry of several permits behind them.
function weighted_log.begin(key, singles, now, permits)
  redis.call('LPUSH', key, header(singles, 0))
  redis.call('RPUSH', key, string.format('%d', now), string.format('%d', permits))
end

-- Decides as sliding_window does.
function weighted_log.decide(key, now, limit, window, permits, take)
  local needed = permits > 0 and permits or 1
  local log = open(key)
  local function has_left(entry)
    local time = time_of(log, entry)
    return not time or time + window <= now
  end

  if log.entries > 0 and has_left(0) then
    drop(log, first_where(function(entry)
      return entry >= log.entries or not has_left(entry)
    end))
  end

  local count = log.entries > 0 and permits_until(log, log.entries - 1) or 0
  local reset = log.entries > 0 and time_of(log, 0) + window - now or 0
  if count + needed > limit then
    local wait = window
    if needed <= limit then
      local surplus = count + needed - limit
      local last = permits_until(log, 0) >= surplus and 0 or first_where(function(entry)
        return entry >= log.entries - 1 or permits_until(log, entry) >= surplus
      end)
      wait = time_of(log, last) + window - now
    end

    return limit - count, reset, wait
  end

  if take and permits > 0 then
    if log.entries == 0 then
      weighted_log.begin(key, 0, now, permits)
      reset = window
    else
      redis.call('RPUSH', key, string.format('%d', now), string.format('%d', log.base + count - log.singles + permits))
    end
    keep(key, window)
    count = count + permits
  end

  return limit - count, reset, 0
end

-- Takes the entry of so many permits at a time, which has not left, out of the log. Those behind it are few: as many as came since.
function weighted_log.refund(key, taken_at, permits)
  local log = open(key)
  for entry = log.entries - 1, 0, -1 do
    local time = time_of(log, entry)
    if time < taken_at then
      return
    end

    local before = entry > 0 and permits_until(log, entry - 1) or 0
    if time == taken_at and permits_until(log, entry) - before == permits then
      local elements = entry < log.singles and 1 or 2
      for later = math.max(entry + 1, log.singles), log.entries - 1 do
        if elements == 2 then
          set_element(log, position(log, later) + 1, string.format('%d', running_total(log, later) - permits))
        end
      end
      for i = 0, elements - 1 do
        set_element(log, position(log, entry) + i, 'refunded')
      end
      redis.call('LREM', key, elements, 'refunded')
      if log.entries == 1 then
        redis.call('DEL', key)
      elseif elements == 1 then
        set_element(log, 0, string.format('%d', -log.singles))
      end
      return
    end
  end
end
