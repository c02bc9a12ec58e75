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

local needs = {}
for i = 7, #ARGV, 5 do
  needs[#needs + 1] = {
    name = ARGV[i], amount = tonumber(ARGV[i + 1]), limit = tonumber(ARGV[i + 2]),
    window = tonumber(ARGV[i + 3]), is_fuse = ARGV[i + 4] == '1',
  }
end

drop_stale_asks(scope)
local is_asked = redis.call('ZSCORE', scope.queue, id) ~= false

for _, need in ipairs(needs) do
  if need.is_fuse and need.limit >= 0 then
    local spent = number(redis.call('HGET', scope.spent, need.name))
    if spent + need.amount > need.limit then
      unbook(scope, id)
      return { 'spent', need.name, scope.reset_ms }
    end
  end
end

local state = limit_state(scope)
redis.call('ZREMRANGEBYSCORE', scope.flight, '-inf', now)
local in_flight = redis.call('ZCARD', scope.flight)
local wait = 0
if number(state.gate_ms) > now then wait = number(state.gate_ms) - now end
local is_alone = state.known ~= '1' or number(state.downs) >= DOWN_AFTER
if in_flight >= (is_alone and 1 or number(state.ceiling or most)) then wait = math.max(wait, LOOK_MS) end

-- Whoever asks for the first time stands behind all who wait; whoever asks again does not.
local ahead = 0
if is_asked then ahead = redis.call('ZRANK', scope.queue, id) end
local levels = {}
for _, need in ipairs(needs) do
  local bucket = not need.is_fuse and bucket_of(state, need.name, need.limit, need.window, now)
  if bucket then
    if need.amount > bucket.capacity then
      unbook(scope, id)
      return { 'large', need.name }
    end
    levels[need.name] = bucket
    local before = 0
    if not (is_asked or again) then before = number(state['booked:' .. need.name]) end
    local lacks = need.amount + before - bucket.level
    if lacks > 0 then
      if is_asked and not again then lacks = lacks + need.amount * ahead end
      wait = math.max(wait, lacks / bucket.rate, bucket.frozen_ms - now)
    end
  end
end

if wait > 0 then
  book(scope, id, needs, now + wait, is_asked)
  return { 'wait', math.ceil(wait) }
end

unbook(scope, id)
local sent = redis.call('HINCRBY', scope.key, 'sent', 1)
local reserved = {}
for _, need in ipairs(needs) do
  local cum = redis.call('HINCRBY', scope.key, 'cum:' .. need.name, need.amount)
  reserved[#reserved + 1] = need.name .. '=' .. need.amount .. ':' .. cum
  if need.is_fuse then
    redis.call('HINCRBY', scope.spent, need.name, need.amount)
    redis.call('PEXPIRE', scope.spent, SPENT_KEPT_MS)
  elseif levels[need.name] then
    store_level(scope, need.name, levels[need.name].level - need.amount, now)
    if levels[need.name].has_begun then
      redis.call('HSET', scope.key, 'reset:' .. need.name, levels[need.name].frozen_ms)
    end
  end
end
redis.call('ZADD', scope.flight, now + ttl, id)
local text = sent .. ' ' .. string.format('%.3f', now) .. ' ' .. scope.day .. ' ' .. table.concat(reserved, ',')
redis.call('SET', scope.permit .. id, text, 'PX', PERMIT_KEPT_MS)
note_rate(scope, state, now)
return { 'ok', sent }
