-- Decides a single limit: a fixed window. KEYS, ARGV and reply: acquire_one.lua.
--#include fixed_window.lua
local decide = fixed_window
--#include acquire_one.lua
