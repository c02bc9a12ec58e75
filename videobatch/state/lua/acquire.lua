-- Reserves all that a call needs at once, or says how long to wait. Safe to repeat: the same permit
-- is given again while it is out.
-- ARGV: scope, permit, how long it counts as in flight (ms), again (1|0), the day's offset from UTC
--       (ms), most calls in flight at first, then for each currency: name, amount, limit (-1: none
--       known), window (ms), is a daily fuse (1|0)
-- Returns {'ok', number} | {'wait', ms} | {'spent', currency, reset (ms)} | {'large', currency}
local id, ttl, again, offset, most = ARGV[2], tonumber(ARGV[3]), ARGV[4] == '1', tonumber(ARGV[5]), ARGV[6]
local scope = limit_scope(ARGV[1], offset)
local now = scope.now

local out = redis.call('GET', scope.permit .. id)
if out then return { 'ok', tonumber(string.match(out, '^(%d+) ')) } end

local needs, fuses = {}, {}
for i = 7, #ARGV, 5 do
  local need = {
    name = ARGV[i], amount = tonumber(ARGV[i + 1]), limit = tonumber(ARGV[i + 2]),
    window = tonumber(ARGV[i + 3]), is_fuse = ARGV[i + 4] == '1',
  }
  needs[#needs + 1] = need
  if need.is_fuse then fuses[#fuses + 1] = need.name end
end

drop_stale_asks(scope)
local state = limit_state(scope)
local rank = redis.call('ZRANK', scope.queue, id)

local spent = #fuses > 0 and redis.call('HMGET', scope.spent, unpack(fuses)) or {}
local place = 0
for _, need in ipairs(needs) do
  if need.is_fuse then
    place = place + 1
    need.spent = number(spent[place])
    if need.limit >= 0 and need.spent + need.amount > need.limit then
      unbook(scope, id)
      return { 'spent', need.name, scope.reset_ms }
    end
  end
end

redis.call('ZREMRANGEBYSCORE', scope.flight, '-inf', now)
local in_flight = redis.call('ZCARD', scope.flight)
local wait = 0
if number(state.gate_ms) > now then wait = number(state.gate_ms) - now end
local is_alone = state.known ~= '1' or number(state.downs) >= DOWN_AFTER
if in_flight >= (is_alone and 1 or number(state.ceiling or most)) then wait = math.max(wait, LOOK_MS) end

-- Whoever asks for the first time stands behind all who wait; whoever asks again does not.
for _, need in ipairs(needs) do
  local bucket = not need.is_fuse and bucket_of(state, need.name, need.limit, need.window, now)
  if bucket then
    if need.amount > bucket.capacity then
      unbook(scope, id)
      return { 'large', need.name }
    end
    need.bucket = bucket
    local before = 0
    if not (rank or again) then before = number(state['booked:' .. need.name]) end
    local lacks = need.amount + before - bucket.level
    if lacks > 0 then
      if rank and not again then lacks = lacks + need.amount * rank end
      wait = math.max(wait, lacks / bucket.rate, bucket.frozen_ms - now)
    end
  end
end

if wait > 0 then
  book(scope, id, needs, now + wait, rank)
  return { 'wait', math.ceil(wait) }
end

if rank then unbook(scope, id) end
local sent = number(state.sent) + 1
local changes = { 'sent', sent }
local reserved = {}
for _, need in ipairs(needs) do
  local name = need.name
  local cum = number(state['cum:' .. name]) + need.amount
  change(changes, 'cum:' .. name, string.format('%.0f', cum))
  reserved[#reserved + 1] = string.format('%s=%.0f:%.0f', name, need.amount, cum)
  if need.is_fuse then
    redis.call('HINCRBY', scope.spent, name, need.amount)
    if need.spent == 0 then redis.call('PEXPIRE', scope.spent, SPENT_KEPT_MS) end
  elseif need.bucket then
    change_level(changes, name, need.bucket.level - need.amount, now)
    if need.bucket.has_begun then change(changes, 'reset:' .. name, need.bucket.frozen_ms) end
  end
end
change_rate(changes, state, now)
redis.call('HSET', scope.key, unpack(changes))
redis.call('ZADD', scope.flight, now + ttl, id)
local text = string.format('%d %.3f %d %s', sent, now, scope.day, table.concat(reserved, ','))
redis.call('SET', scope.permit .. id, text, 'PX', PERMIT_KEPT_MS)
return { 'ok', sent }
