-- Makes the caller the leader, or keeps it so, for a while; one at a time. Safe to repeat.
-- ARGV: name, lease (ms), the highest token that workers have heard of. Returns the fencing token of the
-- leadership, or 0 if another one leads. Workers obey none that is lower than one that they heard: where
-- Redis went back in time, or its clock did, a higher one than theirs is given.
local key, name = P .. ':leader', ARGV[1]
local leader, until_ms, token = unpack(redis.call('HMGET', key, 'name', 'until_ms', 'token'))
if leader ~= name and number(until_ms) > now_ms() then return 0 end
if leader ~= name or number(until_ms) <= now_ms() then
  -- Of the clock, because workers remember it, and a Redis may lose what it knew.
  -- One that ended in good order said so.
  redis.call('HSET', key, 'lost', leader and leader ~= name and number(until_ms) > 0 and leader or '')
  token = string.format('%.0f', math.max(number(token) + 1, now_ms()))
end
if number(token) < number(ARGV[3]) then
  token = string.format('%.0f', math.max(number(ARGV[3]) + 1, now_ms()))
end
redis.call('HSET', key, 'name', name, 'until_ms', now_ms() + tonumber(ARGV[2]), 'token', token)
return tonumber(token)
