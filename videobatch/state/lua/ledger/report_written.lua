-- Takes a batch off the list of reports to write, unless it ended again meanwhile.
-- ARGV: batch, the ticket of its end that the report is of. Returns 1 if taken off.
-- Safe to repeat.
if redis.call('HGET', P .. ':reports', ARGV[1]) == ARGV[2] then
  return redis.call('HDEL', P .. ':reports', ARGV[1])
end
return 0
