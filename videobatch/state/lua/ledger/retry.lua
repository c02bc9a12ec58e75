-- Lets a video that came to its end begin again, with its job as it was. Safe to repeat.
-- ARGV: batch, video, all (1: also one that is done). Returns its state, or '' if there is none.
local b, v = ARGV[1], ARGV[2]
local key = video_key(b, v)
local state = redis.call('HGET', key, 'state')
if not state then return '' end
if not FINAL[state] or ((state == 'done' or state == 'partial') and ARGV[3] ~= '1') then return state end
redis.call('HDEL', key, 'result', 'stage', 'done', 'total', 'started_ms', 'finished_ms', 'halt')
forget_attempts(b, v)
begin_wish(b, v)
redis.call('ZREM', P .. ':dead', member(b, v))
unlist_finished(b, v)
redis.call('HDEL', batch_key(b), 'forgetting')
open_again(b)
move(b, v, 'pending')
feed()
return 'pending'
