-- Lets the key of a limit live until its last entry has left, and on for as long as a caller waits for a command. The clock of Garnet goes on
-- while a script runs: without that margin, a key that a script has read could be gone at its next command, with entries that still count.
local MARGIN = 5000

local function lifetime(window)
  return math.ceil(window / 1000) + MARGIN
end

local function keep(key, window)
  redis.call('PEXPIRE', key, string.format('%d', lifetime(window)))
end
