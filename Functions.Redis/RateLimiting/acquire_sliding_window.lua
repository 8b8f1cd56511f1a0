-- Decides a single limit: a sliding window. KEYS, ARGV and reply: acquire_one.lua.
--#include keep.lua
--#include weighted_log.lua
--#include sliding_window.lua
local decide = sliding_window
--#include acquire_one.lua
