-- The process that has these permits out is alive. Safe to repeat.
-- ARGV: scope, how long they count as in flight from now on (ms), permits...
-- Returns how many of them are out.
local scope, count = limit_scope(ARGV[1], 0, 0), 0
for i = 3, #ARGV do
  if redis.call('EXISTS', scope.permit .. ARGV[i]) == 1 then
    redis.call('ZADD', scope.flight, scope.now + tonumber(ARGV[2]), ARGV[i])
    count = count + 1
  end
end
return count
