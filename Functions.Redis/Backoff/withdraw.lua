-- Takes back an attempt that was counted and has not been judged.
--
-- KEYS    as for attempt.lua
-- ARGV[1] place
-- ARGV[2] which state counted it: the second of the reply of attempt.lua
-- ARGV[3] the wait that it caused: the third
-- ARGV[4] how long failures are remembered after the last one, in milliseconds
--
-- Reply: 1
--#include take_back.lua

take_back()
return 1
