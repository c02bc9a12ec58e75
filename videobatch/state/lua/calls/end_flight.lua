-- A flight is over, with an answer or without. Safe to repeat.
-- KEYS[1] the key prefix P; P:flight:NAME and P:left:ID as in take_flight.lua
-- ARGV: name, id, an answer that is not kept ('': none), how long those who wait are told (ms)
-- Returns 1, or 0 if it was over, or another's.
redis.call('SET', KEYS[1] .. ':left:' .. ARGV[2], ARGV[3], 'PX', ARGV[4])
local key = KEYS[1] .. ':flight:' .. ARGV[1]
if redis.call('HGET', key, 'id') ~= ARGV[2] then return 0 end
return redis.call('DEL', key)
