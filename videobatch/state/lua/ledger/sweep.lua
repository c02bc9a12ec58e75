-- Puts right what processes that died left behind, and feeds; a bounded part of it in one step. Safe
-- to repeat, by anybody.
-- ARGV: lease (ms), longest time between two sweeps before leases are prolonged instead (ms),
--       age of a message before it is looked for in the queue (ms), how long one such look is enough
--       (ms), error (JSON) for a video that is given up, most videos in one step
-- Returns {due, expired, published, prolonged, is there more (1|0), messages that are older than
-- this are to be looked for now (ms; 0: somebody just has), {owners of what runs}}
local lease_ms, gap_ms, hint_ms, look_ms = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local left = tonumber(ARGV[6])
local now = now_ms()
local due, expired, prolonged = 0, 0, 0

-- Not more than this step may take; whoever calls again takes the rest.
local function first(key, below)
  if left <= 0 then return {} end
  local found = redis.call('ZRANGEBYSCORE', P .. key, '-inf', below, 'LIMIT', 0, left)
  left = left - #found
  return found
end

local function lose(b, v, m)
  expired = expired + 1
  redis.call('HINCRBY', video_key(b, v), 'losses', 1)
  note_end(b, v, { how = 'its worker was lost', suspect = false })
  if condemns(b, v, false) then
    give_up(b, v, ARGV[5])
  elseif is_halted(b, v) then
    let_go(b, v)
    rest(b, v)
  else
    lapse(b, v)
    move(b, v, 'pending')
    if is_open(b) then publish(b, v, true) end
  end
end

for _, m in ipairs(first(':waiting', now)) do
  local b, v = split(m)
  redis.call('ZREM', P .. ':waiting', m)
  if get(b, v, 'state') == 'waiting' then rest(b, v) end
  due = due + 1
end

-- Nobody swept for a while, so perhaps nobody could renew either (Redis was away): everybody gets a
-- lease, and none ends before that is done.
local last, until_ms = number(redis.call('GET', P .. ':swept_ms')), number(redis.call('GET', P .. ':prolonging'))
if now - last > gap_ms or (until_ms > 0 and until_ms < now) then until_ms = now + lease_ms end
redis.call('SET', P .. ':swept_ms', now)
if until_ms > 0 then
  for _, m in ipairs(first(':leases', '(' .. string.format('%.0f', until_ms))) do
    redis.call('ZADD', P .. ':leases', until_ms, m)
    prolonged = prolonged + 1
  end
  if left > 0 then
    redis.call('DEL', P .. ':prolonging')
  else
    redis.call('SET', P .. ':prolonging', until_ms)
  end
else
  for _, m in ipairs(first(':leases', now)) do
    local b, v = split(m)
    local state = get(b, v, 'state')
    if state == 'running' then
      lose(b, v, m)
    elseif state ~= 'committed' then
      redis.call('ZREM', P .. ':leases', m)
    else
      -- It goes behind the others, whose turn it is at the next step.
      redis.call('ZADD', P .. ':leases', now, m)
      if not redis.call('ZSCORE', P .. ':hints', m) then publish(b, v, true) end
    end
  end
end

-- A cancel that was cut off is brought to its end.
local cancelled = redis.call('SRANDMEMBER', P .. ':batches:cancelled')
if cancelled and left > 0 then left = left - cancel_some(cancelled, left) end

local look = 0
if now - number(redis.call('GET', P .. ':looked_ms')) >= look_ms then
  redis.call('SET', P .. ':looked_ms', now)
  look = now - hint_ms
end
local fed = left > 0 and feed(left) or 0
local more = fed >= left and 1 or 0
return { due, expired, fed, prolonged, more, look, redis.call('HKEYS', P .. ':owners') }
