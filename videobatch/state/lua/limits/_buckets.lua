-- What may be used of a currency by now: the server's bucket, as its answers tell, and the user's.

local function change_level(changes, field, at_field, name, level, now)
  change(changes, field .. name, string.format('%.6f', level))
  change(changes, at_field .. name, string.format('%.3f', now))
end

local function cubic_rate(state, name, now)
  local wmax = tonumber(state['wmax:' .. name])
  if not wmax then return nil end
  local t = math.max(0, now - number(state['cut:' .. name])) / BACK_MS
  return math.min(4 * wmax, wmax * (1 + (1 - BETA) * (t - 1) ^ 3))
end

-- The calls per ms of the last 10 to 20 s.
local function observed_rate(state, now)
  local span = now - number(state.window_ms)
  local calls = number(state.window_n)
  if number(state.before_n) > 0 then calls, span = calls + number(state.before_n), span + STRETCH_MS end
  return calls / math.max(span, 1000)
end

local function change_rate(changes, state, now)
  local since = now - number(state.window_ms)
  if since < STRETCH_MS then
    change(changes, 'window_n', number(state.window_n) + 1)
    return
  end
  change(changes, 'window_ms', string.format('%.3f', now))
  change(changes, 'window_n', 1)
  change(changes, 'before_n', since < 2 * STRETCH_MS and number(state.window_n) or 0)
end

-- What the server has left of a currency now, how fast it comes back (per ms) and how much there can
-- be; nil where nothing is known of its limit. `frozen_ms`: before that time nothing comes back;
-- `has_begun`: a fixed window has ended since the last look.
local function server_bucket(state, name, window, now)
  local capacity = tonumber(state['limit:' .. name])
  local rate = capacity and capacity / window
  if not capacity then
    rate = cubic_rate(state, name, now)
    if not rate then return nil end
    capacity = math.max(1, rate * BURST_MS)
  end
  local level, at = tonumber(state['level:' .. name]), number(state['at:' .. name])
  local frozen, has_begun = 0, false
  -- Its bucket may hold less than a window's worth: after an idle time no more is there than was seen.
  local full = math.min(capacity, tonumber(state['most:' .. name]) or capacity)
  if not level then
    level = full
  elseif state['fixed:' .. name] == '1' then
    frozen = number(state['reset:' .. name])
    if now >= frozen then
      level, has_begun = capacity, true
      frozen = frozen + math.ceil((now - frozen + 1) / window) * window
    end
  else
    level = math.min(math.max(full, level), level + math.max(0, now - at) * rate)
  end
  return {
    level = level, rate = math.max(rate, 1e-9), capacity = capacity, frozen_ms = frozen,
    has_begun = has_begun, field = 'level:', at_field = 'at:',
  }
end

-- The same of the limit that the user set, or of the share of the server's that may be used; nil
-- where there is neither. What the server says does not fill it up.
local function own_bucket(state, name, limit, window, now)
  local told = tonumber(state['limit:' .. name])
  if told and state.share < 1 then
    limit = limit < 0 and told * state.share or math.min(limit, told * state.share)
  end
  if limit < 0 then return nil end
  local rate = limit / window
  local level, at = tonumber(state['own:' .. name]), number(state['own_at:' .. name])
  level = level and math.min(limit, level + math.max(0, now - at) * rate) or limit
  return {
    level = level, rate = math.max(rate, 1e-9), capacity = limit, frozen_ms = 0,
    field = 'own:', at_field = 'own_at:',
  }
end
