-- Keeps what the leader decided, and what it goes on from after a restart. Safe to repeat but for
-- the lists, which get it twice.
-- ARGV: the leader's token, its state (JSON), the tick (JSON), how many ticks are kept, how many
--       decisions are kept, then the decisions that changed something (JSON)
-- Returns 1, or 0 if another one leads by now.
if redis.call('HGET', P .. ':leader', 'token') ~= ARGV[1] then return 0 end
redis.call('SET', P .. ':control:state', ARGV[2])
redis.call('XADD', P .. ':control:ticks', 'MAXLEN', '~', ARGV[4], '*', 'tick', ARGV[3])
for i = 6, #ARGV do
  redis.call('XADD', P .. ':control:decisions', 'MAXLEN', '~', ARGV[5], '*', 'decision', ARGV[i])
end
return 1
