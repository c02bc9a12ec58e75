-- Ends a call: gives back what it did not use, and learns from what the server said. Safe to repeat.
-- ARGV: scope, permit, refused (1|0), down (1|0; -1: nothing was sent, so that there is nothing to
--       learn), wait that the server asks for (ms, -1: none), how long ago the request had left (ms,
--       -1: not known), the day's offset from UTC (ms), the same for money, what it used is known
--       (1|0), number of used currencies, payer, age of the permit (ms, -1: not known), number of
--       reserved currencies, then for each used one: name, amount; for each reserved one the same; then
--       for each that the server told of: name, limit, remaining, window (ms), until all is back (ms,
--       -1: not said)
-- Returns {how it was (settled | again: it was before | lost: Redis knew nothing of it any more), then
-- for each daily currency that it used: name, day, the sum of what was settled on that day}.
local id, refused, down, unsent = ARGV[2], ARGV[3] == '1', ARGV[4] == '1', ARGV[4] == '-1'
local asked_wait = tonumber(ARGV[5])
local gone_ms = tonumber(ARGV[6])
local scope = limit_scope(ARGV[1], tonumber(ARGV[7]), tonumber(ARGV[8]))
local now = scope.now

local used, reserved_then, at = {}, {}, 14
for _ = 1, tonumber(ARGV[10]) do
  used[ARGV[at]] = tonumber(ARGV[at + 1])
  at = at + 2
end
for _ = 1, tonumber(ARGV[13]) do
  reserved_then[ARGV[at]] = tonumber(ARGV[at + 1])
  at = at + 2
end

local sums = {}
-- Notes what the call really used; all that was reserved, where nobody knows.
local function note_used(name, amount, day, money_day)
  local really = ARGV[9] == '1' and (used[name] or 0) or amount
  local on = name == MONEY and money_day or day
  local sum = note_settled(scope, name, day, money_day, really)
  for _, each in ipairs({ name, string.format('%.0f', on), string.format('%.0f', sum) }) do
    sums[#sums + 1] = each
  end
  return really
end

local function answer(how)
  return { how, unpack(sums) }
end

local text = redis.call('GET', scope.permit .. id)
local age_ms = tonumber(ARGV[12])
if text == SETTLED or not text and (age_ms < 0 or age_ms >= PERMIT_KEPT_MS) then return answer('again') end
redis.call('SET', scope.permit .. id, SETTLED, 'PX', PERMIT_KEPT_MS)
redis.call('ZREM', scope.flight, id)
if not text then
  -- Redis went back in time, and its reservation with it: what it used counts all the same.
  for name, amount in pairs(reserved_then) do
    if string.find(name, '_day$') then
      local really = note_used(name, amount, scope.day, scope.money_day)
      local key = spent_key(scope, name, scope.day, scope.money_day)
      redis.call('HINCRBY', key, name, string.format('%.0f', really))
      redis.call('PEXPIRE', key, SPENT_KEPT_MS)
      if name == MONEY then charge(ARGV[11], scope.money_day, really) end
    end
  end
  return answer('lost')
end
local call_number, sent_ms, day, money_day, reserved, payer =
  string.match(text, '^(%d+) ([%d.]+) (%-?%d+):(%-?%d+) (%S*) (.*)$')
if not call_number then return answer('again') end
call_number, sent_ms = tonumber(call_number), tonumber(sent_ms)
-- A busy process sends well after it got its permit: the server counts from then on.
if gone_ms >= 0 then sent_ms = math.max(sent_ms, now - gone_ms) end
if not refused and not down and not unsent then observe('call:' .. ARGV[1], (now - sent_ms) / 1000) end
local state = limit_state(scope)

local changes = {}
local levels = {}

local function level_of(name) return levels[name] or tonumber(state['level:' .. name]) end

local function set_level(name, level, as_of)
  levels[name] = level
  change_level(changes, 'level:', 'at:', name, level, as_of)
end

local function done()
  if #changes > 0 then redis.call('HSET', scope.key, unpack(changes)) end
  return answer(SETTLED)
end

local cum_then = {}
for name, amount, cum in string.gmatch(reserved, '([%w_]+)=(%d+):(%d+)') do
  cum_then[name] = tonumber(cum)
  if string.find(name, '_day$') then note_used(name, tonumber(amount), day, money_day) end
  local rest = ARGV[9] == '1' and tonumber(amount) - (used[name] or 0) or 0
  if rest ~= 0 then
    if string.find(name, '_day$') then
      redis.call('HINCRBY', spent_key(scope, name, day, money_day), name, -rest)
      if name == MONEY then charge(payer, money_day, -rest) end
    elseif name == STORED then
      -- Nothing was kept; what is kept stays until it is deleted.
      if not used[name] or used[name] == 0 then drop_upload(scope, id) end
    else
      if level_of(name) then
        set_level(name, level_of(name) + rest, number(state['at:' .. name]))
      end
      local own = tonumber(state['own:' .. name])
      if own then
        change_level(changes, 'own:', 'own_at:', name, own + rest, number(state['own_at:' .. name]))
      end
    end
  end
end

if unsent then return done() end
if down then
  local downs = number(state.downs) + 1
  change(changes, 'downs', downs)
  if downs >= DOWN_AFTER then
    local wait = math.max(asked_wait, math.min(8000, 250 * 2 ^ (downs - DOWN_AFTER)))
    change(changes, 'gate_ms', math.max(number(state.gate_ms), now + wait))
  end
  return done()
end
if state.known ~= '1' then change(changes, 'known', 1) end
if state.downs and state.downs ~= '0' then change(changes, 'downs', 0) end

-- Mirrors the server's buckets: what was left when it took this call, what has come back since,
-- less what was sent after it.
local left, told, is_day_over = nil, tonumber(state['limit:requests_min']), false
while ARGV[at] do
  local name, limit, remaining, window = ARGV[at], tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3])
  local back_ms = tonumber(ARGV[at + 4])
  at = at + 5
  if name == 'requests_min' then left, told = remaining, limit end
  if string.find(name, '_day$') then
    -- Used up: a fuse until the server has it back, or until its midnight.
    if remaining <= 0 then
      local until_ms = back_ms >= 0 and now + back_ms or scope.reset_ms
      change(changes, 'until:' .. name, string.format('%.0f', until_ms))
      is_day_over = true
    elseif state['until:' .. name] then
      change(changes, 'until:' .. name, 0)
    end
  elseif sent_ms >= number(state['seen:' .. name]) then
    change(changes, 'limit:' .. name, limit)
    if name == 'requests_min' and remaining + 1 > number(state['most:' .. name]) then
      change(changes, 'most:' .. name, remaining + 1)
    end
    change(changes, 'seen:' .. name, string.format('%.3f', sent_ms))
    local cum = number(state['cum:' .. name])
    local since = cum - (cum_then[name] or cum)
    local back = state['fixed:' .. name] == '1' and 0 or (now - sent_ms) * limit / window
    set_level(name, math.min(limit, remaining + back) - since, now)
  end
end

-- Refused for the day: that says nothing of the rate.
if refused and is_day_over then return done() end

local ceiling, ceiling_ms = tonumber(state.ceiling), number(state.ceiling_ms)
if not refused then
  if number(state.refusals) > 0 then change(changes, 'refusals', 0) end
  if ceiling and now - ceiling_ms > number(state.probe_ms or PROBE_MS)
    and redis.call('ZCARD', scope.flight) + 1 >= ceiling then
    change(changes, 'ceiling', ceiling + 1)
    change(changes, 'ceiling_ms', now)
  end
  return done()
end

local refusals = number(state.refusals) + 1
change(changes, 'refusals', refusals)
if left and left >= 1 and asked_wait < 1000 then
  -- There is quota left: too many at once.
  local flying = math.max(1, redis.call('ZCARD', scope.flight))
  if ceiling then
    -- It is still what it was: looked at less often.
    change(changes, 'probe_ms', math.min(MOST_PROBE_MS, 2 * number(state.probe_ms or PROBE_MS)))
  end
  if ceiling and now - ceiling_ms < PROBE_MS then
    flying = math.max(1, math.min(flying, math.floor(0.8 * ceiling)))
  end
  change(changes, 'ceiling', flying)
  change(changes, 'ceiling_ms', now)
  change(changes, 'gate_ms', math.max(number(state.gate_ms), now + math.max(asked_wait, LOOK_MS)))
  return done()
end
local wait = asked_wait >= 0 and asked_wait or math.min(30000, 500 * 2 ^ (refusals - 1))
local gate = now + wait
if told and wait > math.max(2000, 5 * 60000 / told) then
  -- Far longer than one request takes to come back: a fixed window, which begins anew then.
  change(changes, 'fixed:requests_min', 1)
  change(changes, 'reset:requests_min', gate)
  set_level('requests_min', 0, now)
elseif told then
  set_level('requests_min', math.min(0, level_of('requests_min') or 0), now)
elseif call_number > number(state.cut_sent) then
  -- Calls that were out at the last refusal tell nothing new.
  local rate = cubic_rate(state, 'requests_min', now) or observed_rate(state, now)
  change(changes, 'wmax:requests_min', string.format('%.9f', rate))
  change(changes, 'cut:requests_min', now)
  change(changes, 'cut_sent', number(state.sent))
  set_level('requests_min', 0, gate)
end
change(changes, 'gate_ms', math.max(number(state.gate_ms), gate))
return done()
