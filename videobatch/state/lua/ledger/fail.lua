-- Ends a running attempt with an error, or a committed one whose files are gone. Safe to repeat.
-- ARGV: batch, video, token, lease (ms), error (JSON), delay until the next try (ms, -1 = no
--       further try),
--       spend (1: the attempt counts, 0: it does not), the state it is in (running | committed)
-- Returns 1, or 0 if the token is stale.
local b, v, delay = ARGV[1], ARGV[2], tonumber(ARGV[6])
regain(b, v, ARGV[3], tonumber(ARGV[4]))
if owns(b, v, ARGV[3], 'failed', 'waiting') then return 1 end
-- The delay may be over before a lost answer is asked for again.
if delay >= 0 and owns(b, v, ARGV[3], 'pending') then return 1 end
if not owns(b, v, ARGV[3], ARGV[8]) then return 0 end
local key = video_key(b, v)
redis.call('HSET', key, 'error', ARGV[5])
redis.call('HDEL', key, 'result')
if ARGV[7] == '0' then
  redis.call('HINCRBY', key, 'attempts', -1)
else
  acquit(b, v)
end
let_go(b, v)
if delay < 0 then
  redis.call('HDEL', key, 'halt')
  move(b, v, 'failed')
elseif is_halted(b, v) and rest(b, v) ~= 'pending' then
  -- A person wanted it to stop, and it stopped by itself.
else
  redis.call('ZADD', P .. ':waiting', now_ms() + delay, member(b, v))
  move(b, v, 'waiting')
end
feed()
return 1
