-- Takes a video off the list of those whose attempts left files, or puts that off, unless it began
-- again since the list was read. Safe to repeat.
-- ARGV: batch, video, when it was due (ms, as the list has it), put off for (ms, 0: it is done)
-- Returns 1 if it was as the list had it, else 0.
local m = member(ARGV[1], ARGV[2])
if number(redis.call('ZSCORE', P .. ':leftovers', m)) ~= number(ARGV[3]) then return 0 end
if ARGV[4] == '0' then
  redis.call('ZREM', P .. ':leftovers', m)
else
  redis.call('ZADD', P .. ':leftovers', now_ms() + number(ARGV[4]), m)
end
return 1
