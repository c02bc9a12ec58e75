-- What a person wants of a batch or a video: pauses, cancels, halts.

-- True where a person wants a running video to stop.
local function is_halted(b, v)
  return redis.call('HGET', batch_key(b), 'halt') == '1' or get(b, v, 'halt') ~= false
end

-- Puts a video that nobody works on any more to rest: it waits for its turn, or becomes what a
-- person asked for. Returns its new state.
local function rest(b, v)
  local key, state = video_key(b, v), redis.call('HGET', batch_key(b), 'state')
  local halt = redis.call('HGET', key, 'halt')
  redis.call('HDEL', key, 'halt')
  local to = 'pending'
  if state == 'cancelled' or halt == 'cancel' then
    to = 'cancelled'
  elseif halt == 'pause' then
    to = 'paused'
  end
  move(b, v, to)
  return to
end

-- Whether a batch is paused stands in its state; why, in as many fields as there are reasons.
local function is_paused_for_anything(b)
  for _, field in ipairs(redis.call('HKEYS', batch_key(b))) do
    if string.find(field, 'pause:', 1, true) == 1 then return true end
  end
  return false
end

-- Takes every reason off, the engine's too, and lets running videos go on: a person's word.
local function lift_pauses(b)
  for _, field in ipairs(redis.call('HKEYS', batch_key(b))) do
    if string.find(field, 'pause:', 1, true) == 1 then redis.call('HDEL', batch_key(b), field) end
  end
  redis.call('HDEL', batch_key(b), 'halt')
end

-- Opens a batch again by a person's word, whatever it was paused for, but for a model that is gone: no
-- video can do without its successor, which a resume names.
local function open_again(b)
  local key = batch_key(b)
  for _, field in ipairs(redis.call('HKEYS', key)) do
    local is_pause = string.find(field, 'pause:', 1, true) == 1
    if is_pause and string.find(field, 'pause:model:', 1, true) ~= 1 then redis.call('HDEL', key, field) end
  end
  redis.call('HDEL', key, 'halt')
  redis.call('HSET', key, 'state', is_paused_for_anything(b) and 'paused' or 'open')
end

-- Takes what nobody works on out of its wait: it is pending again, paused or cancelled.
local function turn_to(b, v, to)
  redis.call('ZREM', P .. ':waiting', member(b, v))
  forget_lapsed(b, v)
  redis.call('HDEL', video_key(b, v), 'halt')
  move(b, v, to)
end

-- Cancels so many of those that nobody works on; how many there were.
local function cancel_some(b, most)
  local cancelled = 0
  local function cancel_all(videos)
    for _, v in ipairs(videos) do
      turn_to(b, v, 'cancelled')
      cancelled = cancelled + 1
    end
  end
  each_shelf(b, function(shelf)
    if cancelled < most then cancel_all(redis.call('ZRANGE', shelf_key(shelf, b), 0, most - cancelled - 1)) end
  end)
  if cancelled < most then cancel_all(redis.call('ZRANGE', trials_key(b), 0, most - cancelled - 1)) end
  for _, kept in ipairs({ ':paused:', ':waiting:' }) do
    if cancelled < most then cancel_all(redis.call('SRANDMEMBER', P .. kept .. b, most - cancelled)) end
  end
  return cancelled
end

local function is_open(b) return redis.call('HGET', batch_key(b), 'state') == 'open' end
