-- Decides a single limit of concurrency. KEYS, ARGV and reply: acquire_one.lua.
--#include keep.lua
--#include leases.lua
--#include concurrency.lua
local decide = concurrency
--#include acquire_one.lua
