-- Takes a video off the dead letters: it counts as failed, with its reason, and what its attempts left
-- goes at once. Safe to repeat.
-- ARGV: batch, video. Returns its state, or '' if there is none.
local b, v = ARGV[1], ARGV[2]
redis.call('ZREM', P .. ':dead', member(b, v))
if get(b, v, 'state') == 'dead' then
  unlist_finished(b, v)
  move(b, v, 'failed')
  redis.call('ZADD', P .. ':leftovers', now_ms(), member(b, v))
  redis.call('UNLINK', P .. ':checkpoints:' .. b .. ':' .. v)
end
return get(b, v, 'state') or ''
