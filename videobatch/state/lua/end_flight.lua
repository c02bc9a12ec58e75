-- A flight is over, with an answer or without. Safe to repeat.
-- KEYS[1] the key prefix P; P:flight:NAME as in take_flight.lua
-- ARGV: name, id
-- Returns 1, or 0 if it was over, or another's.
local key = KEYS[1] .. ':flight:' .. ARGV[1]
if redis.call('HGET', key, 'id') ~= ARGV[2] then return 0 end
return redis.call('DEL', key)
