-- Decides that this attempt's files are the video's document; the rename follows. Safe to repeat.
-- ARGV: batch, video, token, lease (ms), result (JSON). Returns 1, or 0 if the token is stale.
local b, v = ARGV[1], ARGV[2]
regain(b, v, ARGV[3], tonumber(ARGV[4]))
if owns(b, v, ARGV[3], 'committed') then return 1 end
if not owns(b, v, ARGV[3], 'running') then return 0 end
redis.call('HSET', video_key(b, v), 'result', ARGV[5])
redis.call('HDEL', video_key(b, v), 'error')
acquit(b, v)
redis.call('HINCRBY', video_key(b, v), 'commits', 1)
move(b, v, 'committed')
return 1
