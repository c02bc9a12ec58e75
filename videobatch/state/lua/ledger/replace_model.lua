-- Names the model that a batch uses in place of one that is not served any more, by a person's word.
-- Safe to repeat. ARGV: batch, group (speech | writer), the model that is gone, its successor
-- Returns 1, or 0 if there is no such batch.
local key = batch_key(ARGV[1])
if redis.call('EXISTS', key) == 0 then return 0 end
-- Who is named is to be asked: what once stood in its place does so no more, or names would run in a
-- circle.
redis.call('HDEL', key, 'instead:' .. ARGV[2] .. ':' .. ARGV[4])
redis.call('HSET', key, 'instead:' .. ARGV[2] .. ':' .. ARGV[3], ARGV[4])
return 1
