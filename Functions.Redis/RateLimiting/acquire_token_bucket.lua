-- Decides a single limit: a token bucket. KEYS, ARGV and reply: acquire_one.lua.
--#include token_bucket.lua
local decide = token_bucket
--#include acquire_one.lua
