-- Notes what a running video turned out to be: what it has yet to take is reckoned by that, and what
-- it took will be learned for that. Safe to repeat.
-- ARGV: batch, video, token, lease (ms, not used), what it is, what one of these needs (MiB), the same
--       where speech is recognised
-- Returns 1, or 0 if the token is stale.
local b, v = ARGV[1], ARGV[2]
if not owns(b, v, ARGV[3], 'running') then return 0 end
local former, host = unpack(redis.call('HMGET', video_key(b, v), 'kind', 'host'))
local speech = string.find(former, '+speech', 1, true)
local kind = ARGV[5] .. (speech and '+speech@' .. ARGV[7] or '@' .. ARGV[6])
if kind == former then return 1 end
redis.call('HSET', video_key(b, v), 'kind', kind)
local young, m = P .. ':young:' .. (host or ''), member(b, v)
local told = redis.call('HGET', young, m)
if told then
  local _, usual = learned_need(kind)
  redis.call('HSET', young, m, string.format('%s %.0f', string.match(told, '^%d+'), usual))
end
return 1
