-- Ends the leases of a worker whose connection is gone; the sweep does the rest. Safe to repeat.
-- ARGV: worker. Returns the number of leases.
local ended = 0
for _, m in ipairs(redis.call('HKEYS', P .. ':held:' .. ARGV[1])) do
  ended = ended + redis.call('ZADD', P .. ':leases', 'XX', 'CH', now_ms() - 1, m)
end
return ended
