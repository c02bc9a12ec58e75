-- Ends the leadership of the caller, if it has it. Safe to repeat.
-- ARGV: name. Returns 1, or 0 if another one leads.
local key = P .. ':leader'
if redis.call('HGET', key, 'name') ~= ARGV[1] then return 0 end
redis.call('HSET', key, 'until_ms', 0)
return 1
