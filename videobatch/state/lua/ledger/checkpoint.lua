-- Stores the result of a stage or a segment under the claim's token. Safe to repeat.
-- ARGV: batch, video, token, lease (ms), name, JSON. Returns 1, 0 if the token is stale, or
--       -1 if it is stored and a person wants the video to stop.
regain(ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4]))
if not owns(ARGV[1], ARGV[2], ARGV[3], 'running') then return 0 end
redis.call('HSET', P .. ':checkpoints:' .. ARGV[1] .. ':' .. ARGV[2], ARGV[5], ARGV[6])
return is_halted(ARGV[1], ARGV[2]) and -1 or 1
