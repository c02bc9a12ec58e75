-- Prolongs the leases of videos that live children of a worker work on. A lease that ended while
-- nobody took the video is given back to its own token. Safe to repeat.
-- ARGV: worker, lease (ms), then for each video: batch, video, token, pid
-- Returns "B/V" of each video that this worker does not own any more.
local worker, lease_ms = ARGV[1], tonumber(ARGV[2])
local lost = {}
for i = 3, #ARGV, 4 do
  local b, v, token, pid = ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3]
  local m, key = member(b, v), video_key(b, v)
  if owns(b, v, token, 'running', 'committed') then
    redis.call('ZADD', P .. ':leases', now_ms() + lease_ms, m)
  elseif redis.call('HGET', key, 'owner') ~= worker or not regain(b, v, token, lease_ms) then
    -- The same worker may hold it with a newer token: then the entry is that one's.
    if redis.call('HGET', P .. ':held:' .. worker, m) == token .. ' ' .. pid then
      redis.call('HDEL', P .. ':held:' .. worker, m)
    end
    lost[#lost + 1] = m
  end
end
return lost
