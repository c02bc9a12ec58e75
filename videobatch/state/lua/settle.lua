-- Ends a call: gives back what it did not use, and learns from what the server said. Safe to repeat.
-- ARGV: scope, permit, refused (1|0), down (1|0), wait that the server asks for (ms, -1: none), the
--       day's offset from UTC (ms), what it used is known (1|0), number of used currencies, then for
--       each: name, amount; then for each that the server told of: name, limit, remaining,
--       window (ms)
-- Returns 1, or 0 if the permit was settled before.
local id, refused, down = ARGV[2], ARGV[3] == '1', ARGV[4] == '1'
local asked_wait = tonumber(ARGV[5])
local scope = limit_scope(ARGV[1], tonumber(ARGV[6]))
local now = scope.now

local text = redis.call('GET', scope.permit .. id)
if not text then return 0 end
redis.call('DEL', scope.permit .. id)
redis.call('ZREM', scope.flight, id)
local call_number, sent_ms, day, reserved = string.match(text, '^(%d+) ([%d.]+) (%-?%d+) (.*)$')
call_number, sent_ms = tonumber(call_number), tonumber(sent_ms)
local state = limit_state(scope)

local used, at = {}, 9
for _ = 1, tonumber(ARGV[8]) do
  used[ARGV[at]] = tonumber(ARGV[at + 1])
  at = at + 2
end
local cum_then = {}
for name, amount, cum in string.gmatch(reserved, '([%w_]+)=(%d+):(%d+)') do
  cum_then[name] = tonumber(cum)
  local rest = ARGV[7] == '1' and tonumber(amount) - (used[name] or 0) or 0
  if string.find(name, '_day$') then
    if rest ~= 0 then redis.call('HINCRBY', scope.key .. ':spent:' .. day, name, -rest) end
  elseif rest ~= 0 and state['level:' .. name] then
    redis.call('HINCRBYFLOAT', scope.key, 'level:' .. name, rest)
    state['level:' .. name] = number(state['level:' .. name]) + rest
  end
end

if down then
  local downs = redis.call('HINCRBY', scope.key, 'downs', 1)
  if downs >= DOWN_AFTER then
    local wait = math.max(asked_wait, math.min(8000, 250 * 2 ^ (downs - DOWN_AFTER)))
    redis.call('HSET', scope.key, 'gate_ms', math.max(number(state.gate_ms), now + wait))
  end
  return 1
end
redis.call('HSET', scope.key, 'known', 1, 'downs', 0)

-- Mirrors the server's buckets: what was left when it took this call, what has come back since,
-- less what was sent after it.
local left = nil
while ARGV[at] do
  local name, limit, remaining, window = ARGV[at], tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3])
  at = at + 4
  if name == 'requests_min' then left = remaining end
  if call_number >= number(state['seen:' .. name]) then
    redis.call('HSET', scope.key, 'limit:' .. name, limit, 'seen:' .. name, call_number)
    redis.call('HDEL', scope.key, 'wmax:' .. name, 'cut:' .. name)
    local cum = number(state['cum:' .. name])
    local since = cum - (cum_then[name] or cum)
    local back = state['fixed:' .. name] == '1' and 0 or (now - sent_ms) * limit / window
    store_level(scope, name, math.min(limit, remaining + back) - since, now)
  end
end

local ceiling_ms = number(state.ceiling_ms)
if not refused then
  redis.call('HSET', scope.key, 'refusals', 0)
  local ceiling = tonumber(state.ceiling)
  if ceiling and now - ceiling_ms > 30000 and redis.call('ZCARD', scope.flight) + 1 >= ceiling then
    redis.call('HSET', scope.key, 'ceiling', ceiling + 1, 'ceiling_ms', now)
  end
  return 1
end

local refusals = redis.call('HINCRBY', scope.key, 'refusals', 1)
local flying = redis.call('ZCARD', scope.flight)
if left and left >= 1 and asked_wait < 1000 then
  -- There is quota left: too many at once.
  local ceiling = math.max(1, flying)
  if state.ceiling and now - ceiling_ms < 30000 then
    ceiling = math.max(1, math.min(ceiling, math.floor(0.8 * number(state.ceiling))))
  end
  redis.call('HSET', scope.key, 'ceiling', ceiling, 'ceiling_ms', now)
  redis.call('HSET', scope.key, 'gate_ms', math.max(number(state.gate_ms), now + math.max(asked_wait, LOOK_MS)))
  return 1
end
local told = tonumber(redis.call('HGET', scope.key, 'limit:requests_min'))
local wait = asked_wait >= 0 and asked_wait or math.min(30000, 500 * 2 ^ (refusals - 1))
local gate = now + wait
if told and wait > math.max(2000, 5 * 60000 / told) then
  -- Far longer than one request takes to come back: a fixed window, which begins anew then.
  redis.call('HSET', scope.key, 'fixed:requests_min', 1, 'reset:requests_min', gate)
  store_level(scope, 'requests_min', 0, now)
elseif told then
  local level = number(redis.call('HGET', scope.key, 'level:requests_min'))
  store_level(scope, 'requests_min', math.min(0, level), now)
elseif call_number > number(state.cut_sent) then
  -- Calls that were out at the last refusal tell nothing new.
  local rate = cubic_rate(state, 'requests_min', now) or observed_rate(state, now)
  redis.call('HSET', scope.key, 'wmax:requests_min', string.format('%.9f', rate), 'cut:requests_min', now,
    'cut_sent', number(redis.call('HGET', scope.key, 'sent')))
  store_level(scope, 'requests_min', 0, gate)
end
redis.call('HSET', scope.key, 'gate_ms', math.max(number(state.gate_ms), gate))
return 1
