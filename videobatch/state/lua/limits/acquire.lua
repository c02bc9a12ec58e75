-- Reserves all that a call needs at once, or says how long to wait. Safe to repeat: the same permit
-- is given again while it is out.
-- ARGV: scope, permit, how long it counts as in flight (ms), again (1|0), the day's offset from UTC
--       (ms), the same for money, most calls in flight at first, how long an upload is kept (ms),
--       payer, then for each currency: name, amount, limit (-1: none known), window (ms), is a daily
--       fuse (1|0), the day of which the caller knows the sum of what was settled, and that sum
--       (-1: it knows none)
-- Returns {'ok', number} | {'wait', ms} | {'spent', currency, reset (ms)} | {'told', currency,
-- reset (ms)}, where the server said so | {'large', currency}; each with a list of {currency, amount} as
-- its last element: what had been forgotten of what was spent, and counts again
local id, ttl, again = ARGV[2], tonumber(ARGV[3]), ARGV[4] == '1'
local most, kept_ms, payer = ARGV[7], tonumber(ARGV[8]), ARGV[9]
local scope = limit_scope(ARGV[1], tonumber(ARGV[5]), tonumber(ARGV[6]))
local now = scope.now

local out = redis.call('GET', scope.permit .. id)
if out and out ~= SETTLED then return { 'ok', tonumber(string.match(out, '^(%d+) ')), {} } end

local needs = {}
local recalled = {}
for i = 10, #ARGV, 7 do
  needs[#needs + 1] = {
    name = ARGV[i], amount = tonumber(ARGV[i + 1]), limit = tonumber(ARGV[i + 2]),
    window = tonumber(ARGV[i + 3]), is_fuse = ARGV[i + 4] == '1',
  }
  local name, day, seen = ARGV[i], ARGV[i + 5], tonumber(ARGV[i + 6])
  local lost = seen >= 0 and recall_spent(scope, name, day, day, seen) or 0
  if lost > 0 then recalled[#recalled + 1] = { name, string.format('%.0f', lost) } end
end

drop_stale_asks(scope)
local state = limit_state(scope)
local rank = redis.call('ZRANK', scope.queue, id)

-- Fuses: nothing passes them.
local names = {}
for _, need in ipairs(needs) do
  if need.is_fuse and need.name ~= MONEY then names[#names + 1] = need.name end
end
local spent = {}
if #names > 0 then
  for place, value in ipairs(redis.call('HMGET', scope.spent, unpack(names))) do
    spent[names[place]] = number(value)
  end
end
for _, need in ipairs(needs) do
  if need.is_fuse then
    local reset_ms = need.name == MONEY and scope.money_reset_ms or scope.reset_ms
    need.spent = spent[need.name] or number(redis.call('HGET', scope.money, MONEY))
    if need.limit >= 0 and need.spent + need.amount > need.limit then
      unbook(scope, id)
      return { 'spent', need.name, reset_ms, recalled }
    end
    local until_ms = number(state['until:' .. need.name])
    if until_ms > now then
      unbook(scope, id)
      return { 'told', need.name, string.format('%.0f', until_ms), recalled }
    end
  end
end

redis.call('ZREMRANGEBYSCORE', scope.flight, '-inf', now)
local wait = 0
if number(state.gate_ms) > now then wait = number(state.gate_ms) - now end
if state.known ~= '1' or number(state.downs) >= DOWN_AFTER then
  if redis.call('ZCARD', scope.flight) > 0 and now - number(state.alone_ms) < ALONE_MS then
    wait = math.max(wait, LOOK_MS)
  end
elseif redis.call('ZCARD', scope.flight) >= number(state.ceiling or most) then
  wait = math.max(wait, LOOK_MS)
end

-- Each stands behind those whose tag is lower.
local batch = string.match(payer, '^[^/]*')
local waiting = redis.call('ZCARD', scope.queue)
local tag, place
if rank then
  place = rank
elseif waiting > 0 then
  tag = tag_of(scope, state, batch, again)
  place = redis.call('ZCOUNT', scope.queue, '-inf', string.format('(%.6f', tag))
else
  tag, place = tag_of(scope, state, batch, again), 0
end
local share = waiting > 0 and ahead_of(scope, place) / waiting or 0
for _, need in ipairs(needs) do
  need.buckets = {}
  if not need.is_fuse and need.name ~= STORED then
    need.buckets[1] = server_bucket(state, need.name, need.window, now)
    need.buckets[#need.buckets + 1] = own_bucket(state, need.name, need.limit, need.window, now)
  end
  for _, bucket in ipairs(need.buckets) do
    if need.amount > bucket.capacity then
      unbook(scope, id)
      return { 'large', need.name, recalled }
    end
    local lacks = need.amount + number(state['booked:' .. need.name]) * share - bucket.level
    if lacks > 0 then wait = math.max(wait, lacks / bucket.rate, bucket.frozen_ms - now) end
  end
  if need.name == STORED and need.limit >= 0 then
    if need.amount > need.limit then
      unbook(scope, id)
      return { 'large', need.name, recalled }
    end
    if drop_expired_uploads(scope) then state = limit_state(scope) end
    if number(state.stored) + need.amount > need.limit then wait = math.max(wait, ROOM_LOOK_MS) end
  end
end

if wait > 0 then
  book(scope, id, needs, now + wait, rank, tag, batch)
  return { 'wait', math.ceil(wait), recalled }
end

local sent = number(state.sent) + 1
local changes = { 'sent', sent, 'alone_ms', string.format('%.0f', now) }
if rank then
  local own = number(redis.call('ZSCORE', scope.queue, id))
  if own > number(state.vtime) then change(changes, 'vtime', own) end
  unbook(scope, id)
end
local reserved = {}
for _, need in ipairs(needs) do
  local name = need.name
  local cum = number(state['cum:' .. name]) + need.amount
  change(changes, 'cum:' .. name, string.format('%.0f', cum))
  reserved[#reserved + 1] = string.format('%s=%.0f:%.0f', name, need.amount, cum)
  if need.is_fuse then
    local key = spent_key(scope, name, scope.day, scope.money_day)
    redis.call('HINCRBY', key, name, need.amount)
    if need.spent == 0 then redis.call('PEXPIRE', key, SPENT_KEPT_MS) end
    if name == MONEY then charge(payer, scope.money_day, need.amount) end
  elseif name == STORED and need.amount > 0 then
    redis.call('ZADD', scope.key .. ':stored', now + kept_ms, id)
    redis.call('HSET', scope.key .. ':sizes', id, need.amount)
    redis.call('HINCRBY', scope.key, 'stored', need.amount)
  end
  for _, bucket in ipairs(need.buckets) do
    change_level(changes, bucket.field, bucket.at_field, name, bucket.level - need.amount, now)
    if bucket.has_begun then change(changes, 'reset:' .. name, bucket.frozen_ms) end
  end
end
change_rate(changes, state, now)
redis.call('HSET', scope.key, unpack(changes))
redis.call('ZADD', scope.flight, now + ttl, id)
local text = string.format(
  '%d %.3f %d:%d %s %s', sent, now, scope.day, scope.money_day, table.concat(reserved, ','), payer)
redis.call('SET', scope.permit .. id, text, 'PX', PERMIT_KEPT_MS)
return { 'ok', sent, recalled }
