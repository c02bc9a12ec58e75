-- Says how far a running video is. Safe to repeat.
-- ARGV: batch, video, token, stage, done, total. Returns 1, or 0 if the token is stale.
local b, v = ARGV[1], ARGV[2]
if not owns(b, v, ARGV[3], 'running') then return 0 end
if get(b, v, 'stage') ~= ARGV[4] then redis.call('HSET', video_key(b, v), 'stage_ms', now_ms()) end
redis.call('HSET', video_key(b, v), 'stage', ARGV[4], 'done', ARGV[5], 'total', ARGV[6])
return 1
