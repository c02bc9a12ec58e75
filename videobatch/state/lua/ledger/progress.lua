-- Says how far a running video is. Safe to repeat.
-- ARGV: batch, video, token, lease (ms), stage, done, total. Returns 1, 0 if the token is stale,
--       or -1 if a person wants the video to stop.
local b, v = ARGV[1], ARGV[2]
regain(b, v, ARGV[3], tonumber(ARGV[4]))
if not owns(b, v, ARGV[3], 'running') then return 0 end
if get(b, v, 'stage') ~= ARGV[5] then redis.call('HSET', video_key(b, v), 'stage_ms', now_ms()) end
redis.call('HSET', video_key(b, v), 'stage', ARGV[5], 'done', ARGV[6], 'total', ARGV[7])
return is_halted(b, v) and -1 or 1
