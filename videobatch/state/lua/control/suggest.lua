-- Keeps a suggestion of the slow loop and what is in force, for the leader alone.
-- ARGV: the leader's token, the suggestion (JSON), what is in force (JSON), the share of the API's
--       rate that may be used, memory mode (1|0), how many suggestions are kept
-- Returns 1, or 0 if another one leads by now. A repeat keeps the suggestion twice.
if redis.call('HGET', P .. ':leader', 'token') ~= ARGV[1] then return 0 end
redis.call('XADD', P .. ':control:suggestions', 'MAXLEN', '~', ARGV[6], '*', 'suggestion', ARGV[2])
redis.call('SET', P .. ':control:tuning', ARGV[3])
redis.call('HSET', P .. ':tuned', 'api_share', ARGV[4], 'memory_mode', ARGV[5])
return 1
