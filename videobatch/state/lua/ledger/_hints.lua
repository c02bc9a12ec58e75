-- Messages for videos: which are out, and which video is next.

-- How the id of every message for this video begins; ids are of [A-Za-z0-9._-] only.
local function hint_id(b, v) return b .. ':' .. v .. ':' end

-- A message for the video is out, or forgotten: it changes shelves if it is pending.
local function hint(b, v)
  local is_new = redis.call('ZADD', P .. ':hints', now_ms(), member(b, v)) == 1
  if get(b, v, 'state') ~= 'pending' then return end
  charge_turn(b, v)
  if is_new then
    take_off(b, v)
    put(b, v)
  end
end

local function unhint(b, v)
  if redis.call('ZREM', P .. ':hints', member(b, v)) == 1 and get(b, v, 'state') == 'pending' then
    take_off(b, v)
    put(b, v)
  end
end

local function publish(b, v, at_head)
  local queue, message = unpack(redis.call('HMGET', P .. ':publishing', 'queue', 'message'))
  if not queue then return end
  hint(b, v)
  local sequence = redis.call('HINCRBY', P .. ':publishing', 'sequence', 1)
  local id = hint_id(b, v) .. sequence .. '-' .. now_ms()
  local text = message:gsub('{batch_id}', b):gsub('{video_id}', v):gsub('{task_id}', id)
  redis.call(at_head and 'RPUSH' or 'LPUSH', queue, text)
end

-- The pending video whose turn it is, or nil: of the batch that was served least among those with
-- one that fits, the first that fits. `fits(kind)` may refuse; with `is_new` only those count that
-- no message is out for. Looks at the first of each shelf, whatever stands behind it.
local function best(fits, is_new)
  local b, least, shelves = nil, nil, {}
  for _, shelf in ipairs(redis.call('SMEMBERS', P .. ':shelves')) do
    local kind, sort = string.match(shelf, '^(.*):(%a+)$')
    if (sort == 'new' or not is_new) and fits(kind) then
      local first, text = unpack(redis.call('ZRANGE', turns_key(shelf), 0, 0, 'WITHSCORES'))
      local turn = tonumber(text)
      if not b or turn < least or (turn == least and first < b) then b, least = first, turn end
      shelves[#shelves + 1] = shelf
    end
  end
  if not b then return nil end
  local v, lowest
  for _, shelf in ipairs(shelves) do
    local first, text = unpack(redis.call('ZRANGE', shelf_key(shelf, b), 0, 0, 'WITHSCORES'))
    local rank = tonumber(text)
    if first and (not v or rank < lowest or (rank == lowest and first < v)) then v, lowest = first, rank end
  end
  return b, v
end

local function anything() return true end

-- Those on trial are in no turn, and the window does not count for them. One message is enough: each
-- claim looks for them first.
local function feed_trials()
  local b = redis.call('ZRANGE', P .. ':trials', 0, 0)[1]
  local v = b and redis.call('ZRANGE', trials_key(b), 0, 0)[1]
  if not v or redis.call('ZSCORE', P .. ':hints', member(b, v)) then return end
  publish(b, v, false)
end

-- Fills the queue up to the window with messages for the videos whose turn is next, `most` in one
-- step; the number of messages.
local FED_AT_ONCE = 20
local function feed(most)
  local queue, window = unpack(redis.call('HMGET', P .. ':publishing', 'queue', 'window'))
  if not queue then return 0 end
  local room = math.min(most or FED_AT_ONCE, number(window) - redis.call('ZCARD', P .. ':hints'))
  local fed = 0
  while fed < room do
    local b, v = best(anything, true)
    if not b then break end
    publish(b, v, false)
    fed = fed + 1
  end
  feed_trials()
  return fed
end
