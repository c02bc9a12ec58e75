-- Durations, counted in buckets for Prometheus: a part of each script in `ledger/` and `limits/`.
--
-- P:latency:NAME        HASH  upper bound (s) or "inf" -> how many were that long and longer than the
--                             bound before; sum (s)
local BOUNDS = { 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200 }

local function observe(name, seconds)
  seconds = math.max(0, seconds)
  local bucket = 'inf'
  for _, bound in ipairs(BOUNDS) do
    if seconds <= bound then
      bucket = tostring(bound)
      break
    end
  end
  local key = P .. ':latency:' .. name
  redis.call('HINCRBY', key, bucket, 1)
  redis.call('HINCRBYFLOAT', key, 'sum', string.format('%.3f', seconds))
end
