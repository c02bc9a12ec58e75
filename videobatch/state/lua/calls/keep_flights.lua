-- The process that has these flights is alive. One that is gone is had again; one that became
-- another's stays so. Safe to repeat.
-- KEYS[1] the key prefix P; P:flight:NAME as in take_flight.lua
-- ARGV: lease (ms), then for each: name, id, video, attempt
-- Returns how many are still this process'.
local t = redis.call('TIME')
local now = tonumber(t[1]) * 1000 + math.floor(tonumber(t[2]) / 1000)
local count = 0
for i = 2, #ARGV, 4 do
  local key = KEYS[1] .. ':flight:' .. ARGV[i]
  local id = redis.call('HGET', key, 'id')
  if not id or id == ARGV[i + 1] then
    redis.call('HSET', key, 'id', ARGV[i + 1], 'video', ARGV[i + 2], 'attempt', ARGV[i + 3],
      'until_ms', now + tonumber(ARGV[1]))
    redis.call('HDEL', key, 'looked_ms', 'lapsed_ms')
    redis.call('PEXPIRE', key, 86400000)
    count = count + 1
  end
end
return count
