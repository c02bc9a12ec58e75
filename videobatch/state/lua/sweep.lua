-- Puts right what processes that died left behind, and feeds. Safe to repeat, by anybody.
-- ARGV: lease (ms), longest time between two sweeps before leases are prolonged instead (ms),
--       age of a message before it is looked for in the queue (ms), losses allowed,
--       error (JSON) for a video that was lost too often
-- Returns {due, expired, lost messages, published, prolonged, owners of what runs...}
local lease_ms, gap_ms, hint_ms, losses = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local now = now_ms()
local last = number(redis.call('GET', P .. ':swept_ms'))
redis.call('SET', P .. ':swept_ms', now)
local due, expired, absent, prolonged = 0, 0, 0, 0

for _, m in ipairs(redis.call('ZRANGEBYSCORE', P .. ':waiting', '-inf', now, 'LIMIT', 0, 1000)) do
  local b, v = split(m)
  redis.call('ZREM', P .. ':waiting', m)
  if get(b, v, 'state') == 'waiting' then rest(b, v) end
  due = due + 1
end

if now - last > gap_ms then
  -- Nobody swept, so perhaps nobody could renew either (Redis was away): give everybody a lease.
  for _, m in ipairs(redis.call('ZRANGE', P .. ':leases', 0, -1)) do
    redis.call('ZADD', P .. ':leases', 'GT', now + lease_ms, m)
    prolonged = prolonged + 1
  end
else
  for _, m in ipairs(redis.call('ZRANGEBYSCORE', P .. ':leases', '-inf', now, 'LIMIT', 0, 1000)) do
    local b, v = split(m)
    local state = get(b, v, 'state')
    if state == 'running' then
      expired = expired + 1
      redis.call('HSET', video_key(b, v), 'death', 'its worker was lost')
      if redis.call('HINCRBY', video_key(b, v), 'losses', 1) >= losses then
        redis.call('HSET', video_key(b, v), 'error', ARGV[5])
        redis.call('ZADD', P .. ':dead', now, m)
        let_go(b, v)
        move(b, v, 'dead')
      elseif is_halted(b, v) then
        let_go(b, v)
        rest(b, v)
      else
        lapse(b, v)
        move(b, v, 'pending')
        if is_open(b) then publish(b, v, true) end
      end
    elseif state == 'committed' then
      if not redis.call('ZSCORE', P .. ':hints', m) then publish(b, v, true) end
    else
      redis.call('ZREM', P .. ':leases', m)
    end
  end
end

-- A message that was published some time ago and is in the queue no more, while its video still
-- waits, was lost between queue and worker (or the claim took another video): forget it.
local old = redis.call('ZRANGEBYSCORE', P .. ':hints', '-inf', now - hint_ms, 'LIMIT', 0, 1000)
if #old > 0 then
  local queue = redis.call('HGET', P .. ':publishing', 'queue')
  local queued = queue and table.concat(redis.call('LRANGE', queue, 0, -1), '\n') or ''
  for _, m in ipairs(old) do
    local b, v = split(m)
    local state = get(b, v, 'state')
    local waits = state == 'pending' or state == 'committed'
    if not waits or not string.find(queued, '"' .. hint_id(b, v), 1, true) then
      redis.call('ZREM', P .. ':hints', m)
      absent = absent + 1
    end
  end
end
local reply, seen = { due, expired, absent, feed(), prolonged }, {}
for _, m in ipairs(redis.call('ZRANGE', P .. ':leases', 0, -1)) do
  local b, v = split(m)
  local owner = get(b, v, 'owner')
  if owner and not seen[owner] then
    seen[owner] = true
    reply[#reply + 1] = owner
  end
end
return reply
