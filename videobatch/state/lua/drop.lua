-- Takes a video off the dead letters: it counts as failed, with its reason. Safe to repeat.
-- ARGV: batch, video. Returns its state, or '' if there is none.
local b, v = ARGV[1], ARGV[2]
redis.call('ZREM', P .. ':dead', member(b, v))
if get(b, v, 'state') == 'dead' then
  unlist_finished(b, v)
  move(b, v, 'failed')
end
return get(b, v, 'state') or ''
