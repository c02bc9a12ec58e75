-- What is pending: shelves, turns and counts of batches.

local OPEN = { 'pending', 'running', 'waiting', 'committed', 'paused' }
local FINAL = { done = true, partial = true, failed = true, dead = true, cancelled = true }

local OPEN_FIELDS = {}
for i, state in ipairs(OPEN) do OPEN_FIELDS[i] = 'n:' .. state end

local function open_count(b)
  local n = 0
  for _, count in ipairs(redis.call('HMGET', batch_key(b), unpack(OPEN_FIELDS))) do n = n + number(count) end
  return n
end

-- Shelves. A pending video stands on one, by its kind and by whether its message is out; a batch has
-- the same turn on each shelf where it has something, and none where it has nothing. There are few
-- kinds, so the best video that fits is the best of few firsts, whatever stands behind them.

local function turns_key(shelf) return P .. ':turns:' .. shelf end
local function shelf_key(shelf, b) return P .. ':shelf:' .. shelf .. ':' .. b end
local function shelves_of(kind) return { kind .. ':new', kind .. ':hinted' } end

local function show(b, shelf, turn)
  redis.call('ZADD', turns_key(shelf), turn, b)
  redis.call('SADD', P .. ':shelves', shelf)
end

local function hide(b, shelf)
  if redis.call('ZREM', turns_key(shelf), b) == 1 and redis.call('EXISTS', turns_key(shelf)) == 0 then
    redis.call('SREM', P .. ':shelves', shelf)
  end
end

local function each_shelf(b, visit)
  for _, kind in ipairs(redis.call('SMEMBERS', P .. ':kinds:' .. b)) do
    for _, shelf in ipairs(shelves_of(kind)) do visit(shelf) end
  end
end

local function on_trial(b, v) return get(b, v, 'trial') ~= false end
local function alone_key(host) return P .. ':alone:' .. host end
local function trials_key(b) return P .. ':trials:' .. b end

-- Lists the batch among those with something on trial, while it is open and has it.
local function list_trials(b)
  local oldest = redis.call('ZRANGE', trials_key(b), 0, 0, 'WITHSCORES')[2]
  if oldest and redis.call('HGET', batch_key(b), 'state') == 'open' then
    redis.call('ZADD', P .. ':trials', oldest, b)
  else
    redis.call('ZREM', P .. ':trials', b)
  end
end

local function put(b, v)
  if on_trial(b, v) then
    -- Apart from the others: it is claimed for a host of its own.
    redis.call('ZADD', trials_key(b), get(b, v, 'trial'), v)
    list_trials(b)
    return
  end
  local kind, rank = unpack(redis.call('HMGET', video_key(b, v), 'kind', 'rank'))
  local shelf = shelves_of(kind)[redis.call('ZSCORE', P .. ':hints', member(b, v)) and 2 or 1]
  redis.call('ZADD', shelf_key(shelf, b), rank, v)
  redis.call('SADD', P .. ':kinds:' .. b, kind)
  if redis.call('ZCARD', shelf_key(shelf, b)) == 1 then
    local turn = redis.call('ZSCORE', P .. ':turns', b)
    if turn then show(b, shelf, turn) end
  end
end

local function take_off(b, v)
  if redis.call('ZREM', trials_key(b), v) == 1 then list_trials(b) end
  for _, shelf in ipairs(shelves_of(get(b, v, 'kind'))) do
    if redis.call('ZREM', shelf_key(shelf, b), v) == 1
      and redis.call('EXISTS', shelf_key(shelf, b)) == 0 then
      hide(b, shelf)
    end
  end
end

local function share(b, v)
  local weight = number(redis.call('HGET', batch_key(b), 'weight'))
  return number(get(b, v, 'cost')) / (weight > 0 and weight or 1)
end

-- Adds a video's cost to the turn of its batch: when its message is published or it is claimed,
-- whichever is first.
local function charge_turn(b, v)
  if redis.call('HSETNX', video_key(b, v), 'charged', 1) == 0 then return end
  if not redis.call('ZSCORE', P .. ':turns', b) then return end
  local turn = redis.call('ZINCRBY', P .. ':turns', string.format('%.17g', share(b, v)), b)
  each_shelf(b, function(shelf) redis.call('ZADD', turns_key(shelf), 'XX', turn, b) end)
end

-- Keeps true what follows from a batch's state and counts; returns how many of its videos are open.
-- It has a turn only while it is open and has something pending. A batch that joins starts at the
-- least cost served among those present, so that it neither starves nor is starved.
local function refresh(b)
  local key, open = batch_key(b), open_count(b)
  local state, list, ready, pending = unpack(redis.call('HMGET', key, 'state', 'list', 'ready', 'n:pending'))
  local is = open > 0 and state or 'finished'
  if is ~= list then
    if list and list ~= 'finished' then redis.call('SREM', P .. ':batches:' .. list, b) end
    if is ~= 'finished' then redis.call('SADD', P .. ':batches:' .. is, b) end
    redis.call('HSET', key, 'list', is)
  end
  list_trials(b)
  local before, after = number(ready), state == 'open' and number(pending) or 0
  if before == after then return open end
  redis.call('HSET', key, 'ready', after)
  redis.call('HINCRBY', P .. ':totals', 'ready', after - before)
  if before == 0 then
    local first = redis.call('ZRANGE', P .. ':turns', 0, 0, 'WITHSCORES')[2] or '0'
    redis.call('ZADD', P .. ':turns', first, b)
    each_shelf(b, function(shelf)
      if redis.call('EXISTS', shelf_key(shelf, b)) == 1 then show(b, shelf, first) end
    end)
  elseif after == 0 then
    redis.call('ZREM', P .. ':turns', b)
    each_shelf(b, function(shelf) hide(b, shelf) end)
  end
  return open
end
