-- Gives a running video back: planned (the worker stops; no attempt is spent) or because its
-- child died. A committed one keeps its state; only its lease ends, after a delay. Safe to repeat.
-- ARGV: batch, video, token, lease (ms), how its process died (JSON; '' = planned), error (JSON) for
--       the dead letter, delay (ms) until somebody else finishes a committed one
-- Returns the video's new state, or '' if the token is stale.
local b, v = ARGV[1], ARGV[2]
local key = video_key(b, v)
regain(b, v, ARGV[3], tonumber(ARGV[4]))
if owns(b, v, ARGV[3], 'committed') then
  -- Taken off the worker's list, or its main process would renew the lease.
  redis.call('HDEL', P .. ':held:' .. (redis.call('HGET', key, 'owner') or ''), member(b, v))
  redis.call('ZADD', P .. ':leases', now_ms() + tonumber(ARGV[7]), member(b, v))
  return 'committed'
end
if not owns(b, v, ARGV[3], 'running') then return '' end
if ARGV[5] == '' then
  redis.call('HINCRBY', key, 'attempts', -1)
else
  local death = cjson.decode(ARGV[5])
  redis.call('HINCRBY', key, 'deaths', 1)
  note_end(b, v, death)
  if condemns(b, v, death.suspect) then
    give_up(b, v, ARGV[6])
    feed()
    return 'dead'
  end
end
let_go(b, v)
local to = rest(b, v)
if to == 'pending' and is_open(b) then publish(b, v, true) end
return to
